// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/suggest.h"

#include <algorithm>
#include <array>

namespace vestige::filter {

size_t edit_distance(std::string_view a, std::string_view b) {
  constexpr size_t kMost = 64;
  if (a.size() > kMost || b.size() > kMost) return std::max(a.size(), b.size());
  // Three rows of the table of Damerau's distance: two back for swaps.
  using Row = std::array<size_t, kMost + 1>;
  Row before{}, last{}, now{};
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool is_same = a[i - 1] == b[j - 1];
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + !is_same});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before = last;
    last = now;
  }
  return last[b.size()];
}

}  // namespace vestige::filter
