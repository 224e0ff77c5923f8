// SPDX-License-Identifier: Apache-2.0
#include "capture/memory_plan.h"

#include <gtest/gtest.h>

namespace vestige {
namespace {

using Payload = MemoryPlan::Payload;
constexpr uint64_t kMiB = 1 << 20;

uint64_t sum(const MemoryPlan& plan) {
  return 2ULL * plan.ring_bytes + plan.chunk_bytes + plan.stash_bytes +
         plan.newcomer_bytes + plan.index_bytes;
}

TEST(MemoryPlan, GivesNoMoreThanThereIs) {
  for (const uint64_t mib : {32, 50, 64, 100, 256, 1024, 100'000}) {
    const auto plan = MemoryPlan::divide(mib * kMiB, {}, Payload::kShort);
    ASSERT_TRUE(plan) << mib;
    EXPECT_LE(sum(*plan), mib * kMiB);
    EXPECT_GE(sum(*plan), mib * kMiB - 8);
  }
}

TEST(MemoryPlan, MakesTheRingSmallerWhenThereIsLittle) {
  const auto ring = [](uint64_t mib) {
    return MemoryPlan::divide(mib * kMiB, {}, Payload::kShort)->ring_bytes;
  };
  EXPECT_EQ(ring(32), 4 * kMiB);
  EXPECT_EQ(ring(100), 8 * kMiB);
  EXPECT_EQ(ring(256), 16 * kMiB);
  EXPECT_EQ(ring(100'000), 16 * kMiB);
}

TEST(MemoryPlan, LeavesTheRingAsTheUserWantsIt) {
  const auto plan = MemoryPlan::divide(256 * kMiB, 64U << 20, Payload::kShort);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->ring_bytes, 64 * kMiB);
  EXPECT_LE(sum(*plan), 256 * kMiB);
}

TEST(MemoryPlan, NamesTheLeast) {
  const auto plan = MemoryPlan::divide(32 * kMiB - 1, {}, Payload::kShort);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(plan.error().message, "--memory: at least 32 MiB are needed");
  const auto large = MemoryPlan::divide(100 * kMiB, 64U << 20, Payload::kShort);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().message,
            "--memory: at least 152 MiB are needed with this --ring-size and "
            "--payload");
}

TEST(MemoryPlan, SetsRoomForWholeCallsAside) {
  const uint64_t least = MemoryPlan::least_bytes({}, Payload::kWhole);
  EXPECT_GT(least, 32 * kMiB + 48 * kMiB);
  const auto plan = MemoryPlan::divide(least, {}, Payload::kWhole);
  ASSERT_TRUE(plan);
  EXPECT_EQ(sum(*plan), 32 * kMiB);
}

}  // namespace
}  // namespace vestige
