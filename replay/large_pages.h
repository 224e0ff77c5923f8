// SPDX-License-Identifier: Apache-2.0
//
// For tables that may become large and are looked into all over: in pages of
// 4 KiB, filling them and finding their addresses would take longer than what
// is done with them.
#pragma once

#include <cstddef>
#include <memory>

namespace vestige {

// Asks the system for it; where there are none, nothing changes.
void use_large_pages(void* memory, size_t bytes);

// Like std::allocator. What nobody has written to still costs nothing.
template <typename T>
struct LargePages {
  using value_type = T;

  LargePages() = default;
  template <typename Other>
  LargePages(const LargePages<Other>&) {}

  T* allocate(size_t count) {
    constexpr size_t kLarge = 2 << 20;
    T* memory = std::allocator<T>().allocate(count);
    if (count * sizeof(T) >= kLarge) use_large_pages(memory, count * sizeof(T));
    return memory;
  }
  void deallocate(T* memory, size_t count) {
    std::allocator<T>().deallocate(memory, count);
  }
  friend bool operator==(LargePages, LargePages) { return true; }
};

}  // namespace vestige
