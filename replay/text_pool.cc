// SPDX-License-Identifier: Apache-2.0
#include "replay/text_pool.h"

#include <algorithm>
#include <cstring>
#include <functional>

namespace vestige {
namespace {

constexpr size_t kBlockBytes = 256 * 1024;

uint32_t hash_of(std::string_view text) {
  const uint64_t wide = std::hash<std::string_view>{}(text);
  return uint32_t(wide ^ (wide >> 32));
}

}  // namespace

std::string_view TextPool::intern(std::string_view text) {
  if (text.empty()) return {};
  if (used_ * 2 >= slots_.size()) grow();
  const uint32_t hash = hash_of(text);
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    Slot& slot = slots_[at];
    if (!slot.data) {
      slot = {store(text), uint32_t(text.size()), hash};
      ++used_;
      return {slot.data, slot.size};
    }
    if (slot.hash == hash && slot.size == text.size() &&
        std::memcmp(slot.data, text.data(), text.size()) == 0)
      return {slot.data, slot.size};
  }
}

const char* TextPool::store(std::string_view text) {
  if (text.size() > free_bytes_) {
    const size_t size = std::max(kBlockBytes, text.size());
    blocks_.push_back(std::make_unique<char[]>(size));
    free_ = blocks_.back().get();
    free_bytes_ = size;
  }
  char* const kept = free_;
  std::memcpy(kept, text.data(), text.size());
  free_ += text.size();
  free_bytes_ -= text.size();
  bytes_ += text.size();
  return kept;
}

void TextPool::grow() {
  std::vector<Slot> old(std::max<size_t>(1024, slots_.size() * 2));
  old.swap(slots_);
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (!slot.data) continue;
    size_t at = slot.hash & mask;
    while (slots_[at].data) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

}  // namespace vestige
