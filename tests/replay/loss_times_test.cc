// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/loss_times.h"

#include <gtest/gtest.h>

namespace vestige {
namespace {

uint64_t count(const LossTimes& losses, uint64_t from_ns, uint64_t to_ns) {
  uint64_t sum = 0;
  for (const LossTimes::Overlap& one : losses.within(from_ns, to_ns))
    sum += one.count;
  return sum;
}

TEST(LossTimes, OnlyWhatOverlapsIsTold) {
  const LossTimes losses({{LossReason::kRingFull, 3, 100, 200, ""},
                          {LossReason::kRingFull, 4, 150, 300, ""},
                          {LossReason::kRingFull, 5, 500, 600, ""}});
  EXPECT_EQ(count(losses, 10, 99), 0u);
  EXPECT_EQ(count(losses, 10, 100), 7u);
  EXPECT_EQ(count(losses, 301, 499), 0u);
  EXPECT_EQ(count(losses, 250, 550), 12u);
  EXPECT_TRUE(losses.may_lack_events(600, 700));
  EXPECT_FALSE(losses.may_lack_events(601, 700));
}

TEST(LossTimes, ALossWithoutATimeIsEverywhere) {
  const LossTimes losses({{LossReason::kChunkCorrupt, 2, 0, 0, ""}});
  EXPECT_EQ(count(losses, 1, 2), 2u);
  EXPECT_EQ(count(losses, 1'000'000'000'000, 1'000'000'000'001), 2u);
}

TEST(LossTimes, ReasonsAreToldApart) {
  const LossTimes losses({{LossReason::kRingFull, 1, 5, 5, ""},
                          {LossReason::kChunkCorrupt, 1, 5, 9, ""}});
  EXPECT_EQ(losses.within(5, 5).size(), 2u);
  EXPECT_EQ(losses.within(6, 9).size(), 1u);
}

}  // namespace
}  // namespace vestige
