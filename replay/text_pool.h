// SPDX-License-Identifier: Apache-2.0
//
// Keeps each distinct string once. What intern() returns lives as long as the
// pool, and equal strings have equal data pointers, so rows hold views and
// compare them by address.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "replay/large_pages.h"

namespace vestige {

// Hostile bytes, any length. Another in every run of a program, so that
// nobody can prepare strings that fall together.
uint64_t hash_text(std::string_view text);

class TextPool {
 public:
  TextPool() = default;
  TextPool(TextPool&&) = default;
  TextPool& operator=(TextPool&&) = default;

  // Hostile bytes, any length; the empty string is a view of no bytes.
  std::string_view intern(std::string_view text);

  [[nodiscard]] size_t size() const { return used_; }
  [[nodiscard]] size_t bytes() const { return bytes_; }

 private:
  struct Slot {
    const char* data = nullptr;
    uint32_t size = 0;
    uint32_t hash = 0;
  };

  const char* store(std::string_view text);
  void grow();

  std::vector<Slot, LargePages<Slot>>
      slots_;  // open addressing, a power of two
  size_t used_ = 0;
  size_t bytes_ = 0;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;
  size_t free_bytes_ = 0;
};

}  // namespace vestige
