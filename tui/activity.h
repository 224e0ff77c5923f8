// SPDX-License-Identifier: Apache-2.0
//
// How much of what kind happened when.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "replay/facts/facts.h"
#include "tui/screen.h"
#include "tui/time_range.h"

namespace vestige::tui {

enum class Category : uint8_t { kExec, kNetwork, kWrite, kRead };
inline constexpr int kCategories = 4;
Style category_style(Category category);
std::string_view category_title(Category category);
Category category_of(FileOp op);

// Counts in equal parts of the whole capture. A row of facts that stands for
// many events is spread evenly between its first and its last.
class Activity {
 public:
  Activity(const Facts& facts, TimeRange whole);

  // Counts of one category in so many equal parts.
  [[nodiscard]] std::vector<double> counts(Category category, int parts) const;

 private:
  static constexpr int kParts = 2048;

  void add(Category category, const Occurrence& seen);
  void add(Category category, uint64_t first_ns, uint64_t last_ns,
           double count);
  [[nodiscard]] int part_of(uint64_t time_ns) const;

  TimeRange whole_;
  std::array<std::vector<double>, kCategories> counts_;
};

// 0 (nothing) to 8 (as much as the largest), on a logarithmic scale.
int activity_level(double count, double largest);

// Bars of these counts, one column each.
std::string density_bars(const std::vector<double>& counts, double largest,
                         Charset charset);

}  // namespace vestige::tui
