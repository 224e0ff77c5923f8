// SPDX-License-Identifier: Apache-2.0
#include "replay/fact_tables.h"

#include <algorithm>

namespace vestige {
namespace {

// Mixes one more value in; the multiplier is that of splitmix64.
uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15ull;
  return hash ^ (hash >> 29);
}

uint64_t mix(uint64_t hash, std::string_view text) {
  return mix(hash, uint64_t(reinterpret_cast<uintptr_t>(text.data())));
}

bool is_same_text(std::string_view a, std::string_view b) {
  return a.data() == b.data();
}

// Among the rows of one process.
uint64_t hash_of(const FileRow& row) {
  const uint64_t how = uint64_t(row.op) << 8 | uint64_t(row.how);
  uint64_t hash = mix(how, uint64_t(uint32_t(row.error)));
  hash = mix(hash, row.path);
  hash = mix(hash, row.requested);
  return mix(hash, row.to);
}

bool is_same(const FileRow& a, const FileRow& b) {
  return a.op == b.op && a.how == b.how && a.error == b.error &&
         a.mode == b.mode && a.mtime_ns == b.mtime_ns &&
         a.is_deleted == b.is_deleted && is_same_text(a.path, b.path) &&
         is_same_text(a.requested, b.requested) && is_same_text(a.to, b.to);
}

uint64_t hash_of(const ActionRow& row) {
  uint64_t hash =
      mix(uint64_t(row.process), uint64_t(row.op) << 8 | uint64_t(row.signal));
  hash = mix(hash, uint64_t(row.error));
  hash = mix(hash, uint64_t(uint32_t(row.target_pid)));
  hash = mix(hash, row.value);
  hash = mix(hash, row.call);
  return mix(hash, row.detail);
}

bool is_same(const ActionRow& a, const ActionRow& b) {
  return a.process == b.process && a.op == b.op && a.signal == b.signal &&
         a.error == b.error && a.target == b.target &&
         a.target_pid == b.target_pid && a.value == b.value &&
         is_same_text(a.call, b.call) && is_same_text(a.detail, b.detail);
}

template <typename Table, typename Row, typename Same>
uint32_t upsert(Table& rows, RowIndex& index, uint64_t hash, const Row& wanted,
                Same same) {
  return index.find_or_add(
      uint32_t(hash), [&](uint32_t at) { return same(rows[at], wanted); },
      [&] {
        rows.push_back(wanted);
        return uint32_t(rows.size() - 1);
      });
}

}  // namespace

void RowIndex::grow() {
  std::vector<Slot> old(std::max<size_t>(16, slots_.size() * 2));
  old.swap(slots_);
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.row == 0) continue;
    size_t at = slot.hash & mask;
    while (slots_[at].row != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

uint32_t FactTables::file(const FileRow& wanted) {
  if (!keeps_all_) {
    if (files_.empty()) files_.push_back(wanted);
    files_[0] = wanted;
    return 0;
  }
  const size_t process = size_t(wanted.process);
  if (process >= file_index_.size()) file_index_.resize(process + 1);
  return upsert(
      files_, file_index_[process], hash_of(wanted), wanted,
      [](const FileRow& a, const FileRow& b) { return is_same(a, b); });
}

uint32_t FactTables::net(ProcessId process, ConnectionId connection, NetOp op,
                         int32_t error) {
  const NetRow wanted{process, connection, op, error};
  uint64_t hash = mix(uint64_t(process), uint64_t(connection));
  hash = mix(hash, uint64_t(op) << 32 | uint32_t(error));
  return upsert(net_, net_index_, hash, wanted,
                [](const NetRow& a, const NetRow& b) {
                  return a.process == b.process && a.op == b.op &&
                         a.connection == b.connection && a.error == b.error;
                });
}

uint32_t FactTables::action(const ActionRow& wanted) {
  if (!keeps_all_) {
    actions_.assign(1, wanted);
    return 0;
  }
  return upsert(
      actions_, action_index_, hash_of(wanted), wanted,
      [](const ActionRow& a, const ActionRow& b) { return is_same(a, b); });
}

}  // namespace vestige
