// SPDX-License-Identifier: Apache-2.0
#include "replay/state/fd_table.h"

#include <algorithm>

namespace vestige {
namespace {

constexpr int kLowLimit = 1024;
// High numbers that are closed are remembered up to this many.
constexpr size_t kMaxHigh = 4096;

}  // namespace

FdTable::Entry* FdTable::find(int fd) {
  if (fd < 0) return nullptr;
  if (fd < int(low_.size())) return low_[fd].file ? &low_[fd] : nullptr;
  if (fd < kLowLimit) return nullptr;
  const auto found = high_.find(fd);
  return found == high_.end() || !found->second.file ? nullptr : &found->second;
}

void FdTable::set(int fd, OpenFileRef file, bool close_on_exec,
                  uint64_t now_ns) {
  if (fd < 0) return;
  Entry entry{std::move(file), close_on_exec, now_ns};
  if (fd >= kLowLimit) {
    high_.insert_or_assign(fd, std::move(entry));
    return;
  }
  if (fd >= int(low_.size())) low_.resize(fd + 1);
  low_[fd] = std::move(entry);
}

void FdTable::close(int fd, uint64_t now_ns) {
  if (fd < 0) return;
  if (fd < int(low_.size())) {
    low_[fd] = {{}, false, now_ns};
    return;
  }
  const auto found = high_.find(fd);
  if (found == high_.end()) return;
  found->second = {{}, false, now_ns};
  if (high_.size() > kMaxHigh)
    std::erase_if(high_, [](const auto& item) { return !item.second.file; });
}

uint64_t FdTable::changed_ns(int fd) const {
  if (fd < 0) return 0;
  if (fd < int(low_.size())) return low_[fd].changed_ns;
  const auto found = high_.find(fd);
  return found == high_.end() ? 0 : found->second.changed_ns;
}

template <typename Visit>
void FdTable::visit_range(uint32_t first, uint32_t last, Visit visit) {
  const uint64_t end = std::min<uint64_t>(uint64_t(last) + 1, low_.size());
  for (uint64_t fd = first; fd < end; ++fd)
    if (low_[fd].file) visit(low_[fd]);
  for (auto& [fd, entry] : high_)
    if (entry.file && uint32_t(fd) >= first && uint32_t(fd) <= last)
      visit(entry);
}

void FdTable::close_range(uint32_t first, uint32_t last, uint64_t now_ns) {
  visit_range(first, last, [&](Entry& entry) { entry = {{}, false, now_ns}; });
}

void FdTable::set_close_on_exec(uint32_t first, uint32_t last,
                                uint64_t now_ns) {
  visit_range(first, last, [&](Entry& entry) {
    entry.close_on_exec = true;
    entry.changed_ns = now_ns;
  });
}

void FdTable::exec(uint64_t now_ns) {
  visit_range(0, UINT32_MAX, [&](Entry& entry) {
    if (entry.close_on_exec) entry = {{}, false, now_ns};
  });
}

bool FdTable::has(const OpenFile& file) const {
  const auto is_it = [&](const Entry& entry) {
    return entry.file.get() == &file;
  };
  return high_.size() > kMaxHigh || std::ranges::any_of(low_, is_it) ||
         std::ranges::any_of(
             high_, [&](const auto& item) { return is_it(item.second); });
}

void FdTable::fill_from(const FdTable& parent) {
  for (size_t fd = 0; fd < parent.low_.size(); ++fd)
    if (const Entry& entry = parent.low_[fd];
        entry.file && changed_ns(int(fd)) == 0)
      set(int(fd), entry.file, entry.close_on_exec, entry.changed_ns);
  for (const auto& [fd, entry] : parent.high_)
    if (entry.file) high_.try_emplace(fd, entry);
}

}  // namespace vestige
