// SPDX-License-Identifier: Apache-2.0
#include "capture/watch/flight_ring.h"

#include <algorithm>

namespace vestige {
namespace {

// Events that were lost before the chunk was made go with it.
uint64_t events_told(const TraceChunk& chunk) {
  uint64_t events = chunk.mark.events;
  for (const Loss& loss : chunk.losses)
    if (info(loss.reason).severity == LossSeverity::kEvents)
      events += loss.count;
  return events;
}

}  // namespace

ChunkPtr FlightRing::add(TraceChunk chunk) {
  const auto added = std::make_shared<const TraceChunk>(std::move(chunk));
  const bool is_snapshot = added->mark.kind == ChunkKind::kSnapshot;
  if (is_snapshot || segments_.empty())
    segments_.push_back({.begin_ns = added->mark.min_time_ns});
  Segment& segment = segments_.back();
  const size_t bytes = added->bytes();
  segment.bytes += bytes;
  bytes_ += bytes;
  segment.events += added->mark.events;
  events_ += added->mark.events;
  segment.chunks.push_back(added);
  return added;
}

// The segment in which the time lies is still needed.
void FlightRing::release_before(uint64_t from_ns) {
  while (segments_.size() > 1 && segments_[1].begin_ns <= from_ns) {
    const Segment& oldest = segments_.front();
    bytes_ -= oldest.bytes;
    events_ -= oldest.events;
    released_events_ += oldest.events;
    segments_.pop_front();
  }
  while (!evictions_.empty() && evictions_.front().to_ns < from_ns) {
    released_events_ += evictions_.front().events;
    evictions_.pop_front();
  }
}

void FlightRing::forget(const TraceChunk& chunk, Eviction& eviction) {
  const uint64_t told = events_told(chunk);
  evicted_events_ += told;
  events_ -= chunk.mark.events;
  bytes_ -= chunk.bytes();
  if (told == 0) return;
  eviction.events += told;
  eviction.from_ns = eviction.from_ns == 0
                         ? chunk.mark.min_time_ns
                         : std::min(eviction.from_ns, chunk.mark.min_time_ns);
  eviction.to_ns = std::max(eviction.to_ns, chunk.mark.max_time_ns);
}

bool FlightRing::evict() {
  if (segments_.empty()) return false;
  Eviction eviction;
  Segment& oldest = segments_.front();
  if (segments_.size() > 1) {
    for (const ChunkPtr& chunk : oldest.chunks) forget(*chunk, eviction);
    segments_.pop_front();
  } else {
    const auto victim =
        std::ranges::find_if(oldest.chunks, [](const ChunkPtr& chunk) {
          return chunk->mark.kind != ChunkKind::kSnapshot;
        });
    if (victim == oldest.chunks.end()) return false;
    oldest.bytes -= (*victim)->bytes();
    oldest.events -= (*victim)->mark.events;
    forget(**victim, eviction);
    oldest.chunks.erase(victim);
  }
  if (eviction.events > 0) evictions_.push_back(eviction);
  return true;
}

size_t FlightRing::newest_bytes() const {
  return segments_.empty() ? 0 : segments_.back().bytes;
}

uint64_t FlightRing::held_from_ns() const {
  return segments_.empty() ? 0 : segments_.front().begin_ns;
}

FlightRing::Held FlightRing::since(uint64_t from_ns) const {
  Held held;
  held.released_events = released_events_;
  size_t first = 0;
  while (first + 1 < segments_.size() &&
         segments_[first + 1].begin_ns <= from_ns)
    held.released_events += segments_[first++].events;
  for (size_t i = first; i < segments_.size(); ++i)
    held.chunks.insert(held.chunks.end(), segments_[i].chunks.begin(),
                       segments_[i].chunks.end());
  if (!segments_.empty()) held.from_ns = segments_[first].begin_ns;
  Loss loss{.reason = LossReason::kEvicted};
  for (const Eviction& one : evictions_) {
    if (one.to_ns < from_ns) {
      held.released_events += one.events;
      continue;
    }
    loss.count += one.events;
    loss.from_ns =
        loss.from_ns == 0 ? one.from_ns : std::min(loss.from_ns, one.from_ns);
    loss.to_ns = std::max(loss.to_ns, one.to_ns);
  }
  if (loss.count > 0) held.evicted = std::move(loss);
  return held;
}

}  // namespace vestige
