// SPDX-License-Identifier: Apache-2.0
#include "replay/state/fd_table.h"

#include <algorithm>

namespace vestige {
namespace {

constexpr int kLowLimit = 1024;

}  // namespace

FdTable::Entry* FdTable::find(int fd) {
  if (fd < 0) return nullptr;
  if (fd < int(low_.size())) return low_[fd].file ? &low_[fd] : nullptr;
  if (fd < kLowLimit) return nullptr;
  const auto found = high_.find(fd);
  return found == high_.end() ? nullptr : &found->second;
}

void FdTable::set(int fd, OpenFileRef file, bool close_on_exec) {
  if (fd < 0) return;
  if (fd >= kLowLimit) {
    high_.insert_or_assign(fd, Entry{std::move(file), close_on_exec});
    return;
  }
  if (fd >= int(low_.size())) low_.resize(fd + 1);
  low_[fd] = {std::move(file), close_on_exec};
}

OpenFileRef FdTable::close(int fd) {
  if (fd < 0) return {};
  if (fd < int(low_.size())) return std::exchange(low_[fd], {}).file;
  const auto found = high_.find(fd);
  if (found == high_.end()) return {};
  OpenFileRef file = std::move(found->second.file);
  high_.erase(found);
  return file;
}

template <typename Visit>
void FdTable::visit_range(uint32_t first, uint32_t last, Visit visit) {
  const uint64_t end = std::min<uint64_t>(uint64_t(last) + 1, low_.size());
  for (uint64_t fd = first; fd < end; ++fd)
    if (low_[fd].file) visit(low_[fd]);
  for (auto& [fd, entry] : high_)
    if (uint32_t(fd) >= first && uint32_t(fd) <= last) visit(entry);
  std::erase_if(high_, [](const auto& item) { return !item.second.file; });
}

void FdTable::close_range(uint32_t first, uint32_t last) {
  visit_range(first, last, [](Entry& entry) { entry = {}; });
}

void FdTable::set_close_on_exec(uint32_t first, uint32_t last) {
  visit_range(first, last, [](Entry& entry) { entry.close_on_exec = true; });
}

void FdTable::exec() {
  visit_range(0, UINT32_MAX, [](Entry& entry) {
    if (entry.close_on_exec) entry = {};
  });
}

void FdTable::fill_from(const FdTable& parent) {
  for (size_t fd = 0; fd < parent.low_.size(); ++fd)
    if (const Entry& entry = parent.low_[fd]; entry.file && !find(int(fd)))
      set(int(fd), entry.file, entry.close_on_exec);
  for (const auto& [fd, entry] : parent.high_) high_.try_emplace(fd, entry);
  is_complete_ = parent.is_complete_;
}

}  // namespace vestige
