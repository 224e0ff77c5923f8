// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/rows.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vestige {
namespace {

constexpr size_t kMany = 100'000;  // some blocks

Rows<size_t> count_to(size_t end) {
  Rows<size_t> rows;
  for (size_t i = 0; i < end; ++i) rows.push_back(i);
  return rows;
}

TEST(Rows, StayWhereTheyAre) {
  Rows<size_t> rows;
  rows.push_back(1);
  const size_t* const first = &rows[0];
  for (size_t i = 0; i < kMany; ++i) rows.push_back(i);
  EXPECT_EQ(&rows[0], first);
  EXPECT_EQ(*first, 1u);
}

TEST(Rows, AreInTheOrderTheyCame) {
  const Rows<size_t> rows = count_to(kMany);
  ASSERT_EQ(rows.size(), kMany);
  size_t expected = 0;
  for (const size_t row : rows) ASSERT_EQ(row, expected++);
  EXPECT_EQ(expected, kMany);
  EXPECT_EQ(rows.end() - rows.begin(), std::ptrdiff_t(kMany));
  EXPECT_EQ(*std::ranges::lower_bound(rows, 70'000u), 70'000u);
}

TEST(Rows, CopiesAreTheirOwn) {
  Rows<size_t> rows = count_to(10'000);
  Rows<size_t> copy = rows;
  copy.push_back(1);
  copy[0] = 5;
  EXPECT_EQ(rows[0], 0u);
  EXPECT_EQ(rows.size(), 10'000u);
  const Rows<size_t> moved = std::move(copy);
  EXPECT_EQ(moved.size(), 10'001u);
  EXPECT_EQ(moved[0], 5u);
}

TEST(Rows, CanBeSorted) {
  Rows<size_t> rows = count_to(20'000);
  std::ranges::sort(rows, std::ranges::greater());
  EXPECT_EQ(rows[0], 19'999u);
  EXPECT_EQ(rows.back(), 0u);
}

}  // namespace
}  // namespace vestige
