// SPDX-License-Identifier: Apache-2.0
#include "replay/text_pool.h"

#define XXH_INLINE_ALL  // most strings are short: a call costs as much
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <random>

namespace vestige {
namespace {

constexpr size_t kBlockBytes = 256 * 1024;

}  // namespace

uint64_t hash_text(std::string_view text) {
  static const uint64_t kSeed = std::random_device()();
  return XXH3_64bits_withSeed(text.data(), text.size(), kSeed);
}

std::string_view TextPool::intern(std::string_view text) {
  if (text.empty()) return {};
  if (used_ * 2 >= slots_.size()) grow();
  const auto hash = uint32_t(hash_text(text));
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
  decltype(slots_) old(std::max<size_t>(1024, slots_.size() * 2));
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
