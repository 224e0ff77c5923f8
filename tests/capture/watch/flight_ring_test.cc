// SPDX-License-Identifier: Apache-2.0
#include "capture/watch/flight_ring.h"

#include <gmock/gmock.h>

namespace vestige {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

TraceChunk snapshot_at(uint64_t second) {
  TraceChunk chunk;
  chunk.mark.kind = ChunkKind::kSnapshot;
  chunk.mark.min_time_ns = chunk.mark.max_time_ns = second * kSecond;
  chunk.frames.resize(1000);
  return chunk;
}

// Ten events in the half second behind it.
TraceChunk events_at(uint64_t second) {
  TraceChunk chunk = snapshot_at(second);
  chunk.mark.kind = ChunkKind::kEvents;
  chunk.mark.events = 10;
  chunk.mark.max_time_ns += kSecond / 2;
  return chunk;
}

// Segments that begin at 10, 20, ... with one chunk each.
FlightRing ring_of(int segments) {
  FlightRing ring;
  for (int i = 1; i <= segments; ++i) {
    ring.add(snapshot_at(uint64_t(i) * 10));
    ring.add(events_at(uint64_t(i) * 10 + 1));
  }
  return ring;
}

std::vector<uint64_t> seconds_of(const FlightRing::Held& held) {
  std::vector<uint64_t> out;
  for (const ChunkPtr& chunk : held.chunks)
    out.push_back(chunk->mark.min_time_ns / kSecond);
  return out;
}

TEST(FlightRing, KeepsTheSegmentInWhichTheTimeLies) {
  FlightRing ring = ring_of(4);
  ring.release_before(29 * kSecond);
  EXPECT_EQ(ring.held_from_ns(), 20 * kSecond);
  EXPECT_EQ(ring.events(), 30u);
  ring.release_before(1000 * kSecond);  // there must be some state
  EXPECT_EQ(ring.held_from_ns(), 40 * kSecond);
}

TEST(FlightRing, GivesWhatBeginsWithTheStateAtThatTime) {
  const FlightRing ring = ring_of(4);
  const auto held = ring.since(35 * kSecond);
  EXPECT_THAT(seconds_of(held), testing::ElementsAre(30, 31, 40, 41));
  EXPECT_EQ(held.from_ns, 30 * kSecond);
  EXPECT_EQ(held.released_events, 20u);
  EXPECT_FALSE(held.evicted);
}

TEST(FlightRing, TellsWhatItLetGoThoughItWasWanted) {
  FlightRing ring = ring_of(4);
  ASSERT_TRUE(ring.evict());
  ASSERT_TRUE(ring.evict());
  const auto held = ring.since(15 * kSecond);
  EXPECT_EQ(held.from_ns, 30 * kSecond);
  ASSERT_TRUE(held.evicted);
  EXPECT_EQ(held.evicted->reason, LossReason::kEvicted);
  EXPECT_EQ(held.evicted->count, 10u);  // those before 15 s were not wanted
  EXPECT_EQ(held.evicted->from_ns, 21 * kSecond);
  EXPECT_EQ(held.released_events, 10u);
  EXPECT_EQ(ring.evicted_events(), 20u);
}

TEST(FlightRing, CountsWhatWasLostInWhatItLetsGo) {
  FlightRing ring;
  ring.add(snapshot_at(10));
  TraceChunk chunk = events_at(11);
  chunk.losses.push_back({.reason = LossReason::kRingFull, .count = 7});
  ring.add(std::move(chunk));
  ring.add(snapshot_at(20));
  ASSERT_TRUE(ring.evict());
  EXPECT_EQ(ring.since(0).evicted->count, 17u);
}

TEST(FlightRing, TheOnlySegmentGivesEventsButNotItsState) {
  FlightRing ring = ring_of(1);
  ring.add(events_at(12));
  ASSERT_TRUE(ring.evict());
  EXPECT_THAT(seconds_of(ring.since(0)), testing::ElementsAre(10, 12));
  ASSERT_TRUE(ring.evict());
  EXPECT_FALSE(ring.evict());
  EXPECT_EQ(ring.held_from_ns(), 10 * kSecond);
}

TEST(FlightRing, KnowsItsSizeAfterAnything) {
  FlightRing ring = ring_of(3);
  ring.release_before(25 * kSecond);
  ring.evict();
  ring.evict();
  size_t bytes = 0;
  for (const ChunkPtr& chunk : ring.since(0).chunks) bytes += chunk->bytes();
  EXPECT_EQ(ring.bytes(), bytes);
  EXPECT_EQ(ring.newest_bytes(), bytes);
  EXPECT_GE(bytes, 1000u);
}

}  // namespace
}  // namespace vestige
