// SPDX-License-Identifier: Apache-2.0
//
// The last minutes of one container, as compressed chunks in memory.
//
//   | snapshot chunk chunk ... | snapshot chunk ... | snapshot chunk ... |
//     segment, oldest            segment              newest, growing
//
// A segment begins with the state of the container, so whatever segment comes
// first, what follows it can be understood. Whole segments are let go.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "format/trace_writer.h"

namespace vestige {

// Shared with evidence files that are being written.
using ChunkPtr = std::shared_ptr<const TraceChunk>;

class FlightRing {
 public:
  // As made by a writer in memory, in its order.
  ChunkPtr add(TraceChunk chunk);
  // Lets go what is not needed to tell all since that time.
  void release_before(uint64_t from_ns);
  // Lets go the oldest segment for want of memory; of the only one, the
  // oldest chunk behind its snapshot. False: there is nothing left to give.
  bool evict();

  [[nodiscard]] size_t bytes() const { return bytes_; }
  [[nodiscard]] size_t newest_bytes() const;  // of the newest segment
  [[nodiscard]] uint64_t events() const { return events_; }
  // CLOCK_BOOTTIME of the oldest state held; 0: there is none.
  [[nodiscard]] uint64_t held_from_ns() const;
  [[nodiscard]] uint64_t evicted_events() const { return evicted_events_; }

  struct Held {
    std::vector<ChunkPtr> chunks;
    uint64_t from_ns = 0;          // where they begin
    uint64_t released_events = 0;  // seen before that and not among them
    std::optional<Loss> evicted;   // what should have been among them
  };
  // All that is held of the time since then.
  [[nodiscard]] Held since(uint64_t from_ns) const;

 private:
  struct Segment {
    uint64_t begin_ns = 0;
    uint64_t events = 0;
    size_t bytes = 0;
    std::vector<ChunkPtr> chunks;
  };
  // Events let go for want of memory, until they would be too old anyway.
  struct Eviction {
    uint64_t from_ns = 0, to_ns = 0;
    uint64_t events = 0;
  };
  void forget(const TraceChunk& chunk, Eviction& eviction);

  std::deque<Segment> segments_;
  std::deque<Eviction> evictions_;
  size_t bytes_ = 0;
  uint64_t events_ = 0;           // held
  uint64_t released_events_ = 0;  // let go, because of age in the end
  uint64_t evicted_events_ = 0;   // ever
};

}  // namespace vestige
