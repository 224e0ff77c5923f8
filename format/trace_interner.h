// SPDX-License-Identifier: Apache-2.0
//
// Gives equal byte strings the same small number, within one chunk.
#pragma once

#define XXH_INLINE_ALL  // most strings are short: a call costs as much
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

#include "format/trace_wire.h"

namespace vestige {

// The strings are hostile: the hash is seeded, and after a few collisions a
// string is simply stored again, so nobody can make a lookup slow.
class Interner {
 public:
  struct Entry {
    uint32_t index;
    bool is_new;
  };

  explicit Interner(uint64_t seed) : seed_(seed), slots_(kFirstSlots) {}

  Entry intern(std::string_view text) {
    const uint64_t hash = XXH3_64bits_withSeed(text.data(), text.size(), seed_);
    const uint32_t tag = uint32_t(hash >> 32) | 1;  // 0: an empty slot
    Slot* slot = nullptr;
    for (uint32_t probe = 0; probe < kMaxProbes; ++probe) {
      slot = &slots_[(hash + probe) & (slots_.size() - 1)];
      if (slot->tag == 0) break;
      if (slot->tag == tag && at(slot->index) == text)
        return {slot->index, false};
    }
    const auto index = uint32_t(ends_.size());
    *slot = {tag, index};
    bytes_.append(text);
    ends_.push_back(uint32_t(bytes_.size()));
    if (ends_.size() * 2 > slots_.size()) rehash();
    return {index, true};
  }

  [[nodiscard]] uint32_t size() const { return uint32_t(ends_.size()); }
  [[nodiscard]] size_t bytes() const { return bytes_.size(); }
  // That it takes.
  [[nodiscard]] size_t memory_bytes() const {
    return slots_.capacity() * sizeof(Slot) + bytes_.capacity() +
           ends_.capacity() * sizeof(uint32_t);
  }
  // All strings, end to end.
  [[nodiscard]] const ByteBuffer& all() const { return bytes_; }
  // Valid until the next intern().
  [[nodiscard]] std::string_view at(uint32_t index) const {
    const uint32_t from = index == 0 ? 0 : ends_[index - 1];
    return bytes_.view().substr(from, ends_[index] - from);
  }
  void clear() {
    std::fill(slots_.begin(), slots_.end(), Slot{});
    bytes_.clear();
    ends_.clear();
  }

 private:
  static constexpr size_t kFirstSlots = 64;  // a power of two
  static constexpr uint32_t kMaxProbes = 16;

  struct Slot {
    uint32_t tag = 0;
    uint32_t index = 0;
  };

  void rehash() {
    slots_.assign(slots_.size() * 2, {});
    for (uint32_t i = 0; i < size(); ++i) {
      const std::string_view text = at(i);
      const uint64_t hash =
          XXH3_64bits_withSeed(text.data(), text.size(), seed_);
      for (uint32_t probe = 0; probe < kMaxProbes; ++probe) {
        Slot& slot = slots_[(hash + probe) & (slots_.size() - 1)];
        if (slot.tag != 0) continue;
        slot = {uint32_t(hash >> 32) | 1, i};
        break;
      }
    }
  }

  uint64_t seed_;
  std::vector<Slot> slots_;
  ByteBuffer bytes_;
  std::vector<uint32_t> ends_;
};

// Likewise for numbers that a program chose, such as pointers. One object
// serves one column after the other.
class ValueInterner {
 public:
  explicit ValueInterner(uint64_t seed) : seed_(seed | 1) {}

  // Begins a column of so many values.
  void reset(size_t values) {
    const size_t wanted = std::bit_ceil(values * 2 + 1);
    if (slots_.size() < wanted) slots_.resize(wanted);
    mask_ = wanted - 1;
    size_ = 0;
    if (++column_ == 0) {  // came round: old slots would seem new
      std::fill(slots_.begin(), slots_.end(), Slot{});
      column_ = 1;
    }
  }
  // How often add() had made something new when this value was: 1, 2, ...;
  // 0: it is new.
  uint32_t add(uint64_t value) {
    const uint64_t mixed = (value ^ seed_) * 0x9e3779b97f4a7c15u;
    Slot* slot = nullptr;
    for (uint32_t i = 0; i < kMaxProbes; ++i) {
      slot = &slots_[((mixed >> 32) + i) & mask_];
      if (slot->column != column_) break;
      if (slot->value == value) return slot->number;
    }
    *slot = {value, ++size_, column_};
    return 0;
  }
  // That it takes.
  [[nodiscard]] size_t memory_bytes() const {
    return slots_.capacity() * sizeof(Slot);
  }

 private:
  static constexpr uint32_t kMaxProbes = 8;
  struct Slot {
    uint64_t value = 0;
    uint32_t number = 0;
    uint32_t column = 0;  // of another one: the slot is free
  };

  uint64_t seed_;
  uint32_t size_ = 0;
  uint32_t column_ = 0;
  size_t mask_ = 0;
  std::vector<Slot> slots_;
};

}  // namespace vestige
