// SPDX-License-Identifier: Apache-2.0
//
// Rows under construction: finds the row that an occurrence belongs to or
// makes it. Texts must be interned in one pool: they compare by address.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "replay/facts/facts.h"

namespace vestige {

// Finds rows by content without storing their keys a second time.
class RowIndex {
 public:
  // index of the row for which is_same(index) holds, among those that were
  // added with the same hash; or add() is called for the index of a new one.
  template <typename IsSame, typename Add>
  uint32_t find_or_add(uint32_t hash, IsSame is_same, Add add) {
    if ((used_ + 1) * 4 > slots_.size() * 3) grow();
    const size_t mask = slots_.size() - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
      Slot& slot = slots_[at];
      if (slot.row == 0) {
        const uint32_t index = add();
        slot = {index + 1, hash};
        ++used_;
        return index;
      }
      if (slot.hash == hash && is_same(slot.row - 1)) return slot.row - 1;
    }
  }

 private:
  struct Slot {
    uint32_t row = 0;  // index + 1
    uint32_t hash = 0;
  };
  void grow();

  std::vector<Slot> slots_;  // open addressing, a power of two
  uint32_t used_ = 0;
};

// Rows that an event went into, by index.
struct TouchedRows {
  std::vector<uint32_t> files, net, actions;

  void clear() {
    files.clear();
    net.clear();
    actions.clear();
  }
};

class FactTables {
 public:
  // Tells of every row that is added to; nullptr: nobody.
  void watch(TouchedRows* touched) { touched_ = touched; }

  // The row with the same key (everything before bytes but the outcome's
  // details), or `wanted` itself as a new row. The index stays valid.
  uint32_t file(const FileRow& wanted);
  uint32_t net(ProcessId process, ConnectionId connection, NetOp op,
               int32_t error);
  uint32_t action(const ActionRow& wanted);

  // Of files and actions only the latest row is kept from now on, as index 0:
  // for who wants no facts, only the state. Its counts mean nothing.
  void keep_latest_only() { keeps_all_ = false; }
  [[nodiscard]] bool keeps_latest_only() const { return !keeps_all_; }

  // To add to.
  FileRow& file_at(uint32_t index) {
    if (touched_) touched_->files.push_back(index);
    return files_[index];
  }
  NetRow& net_at(uint32_t index) {
    if (touched_) touched_->net.push_back(index);
    return net_[index];
  }
  ActionRow& action_at(uint32_t index) {
    if (touched_) touched_->actions.push_back(index);
    return actions_[index];
  }

  Rows<FileRow>& files() { return files_; }
  std::vector<NetRow>& net() { return net_; }
  std::vector<ActionRow>& actions() { return actions_; }
  [[nodiscard]] const Rows<FileRow>& files() const { return files_; }
  [[nodiscard]] const std::vector<NetRow>& net() const { return net_; }
  [[nodiscard]] const std::vector<ActionRow>& actions() const {
    return actions_;
  }

 private:
  Rows<FileRow> files_;
  std::vector<NetRow> net_;
  std::vector<ActionRow> actions_;
  // One per process, by its id: small, and used while it runs.
  std::vector<RowIndex> file_index_;
  RowIndex net_index_, action_index_;
  TouchedRows* touched_ = nullptr;
  bool keeps_all_ = true;
};

}  // namespace vestige
