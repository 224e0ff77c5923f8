// SPDX-License-Identifier: Apache-2.0
#include "replay/large_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace vestige {

void use_large_pages(void* memory, size_t bytes) {
  const auto page = uintptr_t(getpagesize());
  const auto from = reinterpret_cast<uintptr_t>(memory);
  const uintptr_t first = (from + page - 1) / page * page;
  const uintptr_t last = (from + bytes) / page * page;
  if (first < last)
    (void)madvise(static_cast<char*>(memory) + (first - from), last - first,
                  MADV_HUGEPAGE);
}

}  // namespace vestige
