// SPDX-License-Identifier: Apache-2.0
//
// One watched container: its ring, and the evidence file that is being
// written of it, if any.
//
//   quiet --trigger--> writing --after_ns--> cooling --cooldown_ns--> quiet
//
// A trigger while writing joins the file and makes it longer, up to a bound;
// one while cooling is counted and told in the next file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "capture/watch/evidence_writer.h"
#include "capture/watch/flight_ring.h"

namespace vestige {

struct FlightLimits {
  uint64_t before_ns = 60'000'000'000;    // the past that is kept
  uint64_t after_ns = 10'000'000'000;     // and goes on after a trigger
  uint64_t cooldown_ns = 60'000'000'000;  // between two files
  uint64_t ring_bytes = 16 << 20;
};

// Where evidence goes; outlives the recorders.
struct EvidenceStore {
  EvidenceWriter* writer = nullptr;
  std::string folder;
  uint64_t max_waiting_bytes = 0;  // for the disk; what is more is lost
  WriterOptions options;
  uint64_t next_file = 1;
};

class FlightRecorder {
 public:
  // `header`: all but the container, the start and the flight.
  FlightRecorder(TraceHeader header, ContainerInfo container,
                 const FlightLimits& limits, EvidenceStore& store);

  // A chunk of the container, in its order.
  void add(TraceChunk chunk);

  enum class Outcome { kBegun, kJoined, kMuted };
  // What has been collected must have been added.
  Outcome trigger(Trigger trigger);
  [[nodiscard]] bool is_writing() const { return evidence_.has_value(); }
  // Of the file being written, or of the last one.
  [[nodiscard]] const std::string& path() const { return path_; }
  // Time to end the file; what has been collected must be added first.
  [[nodiscard]] bool is_due(uint64_t now_ns) const;
  void end_evidence(EndReason reason);
  // Lets go what is too old or too much.
  void keep_within(uint64_t now_ns);

  [[nodiscard]] FlightRing& ring() { return ring_; }
  [[nodiscard]] const FlightRing& ring() const { return ring_; }
  [[nodiscard]] const FlightLimits& limits() const { return limits_; }
  [[nodiscard]] const ContainerInfo& container() const { return container_; }
  // When more has become known of it.
  void know(ContainerInfo container) { container_ = std::move(container); }
  [[nodiscard]] uint64_t muted() const { return muted_; }
  [[nodiscard]] uint64_t files() const { return files_; }

 private:
  struct Evidence {
    uint64_t file = 0;
    uint64_t until_ns = 0;
    uint64_t latest_ns = 0;  // joining triggers make it no longer than this
    Flight flight;
  };
  void begin(Trigger trigger, uint64_t now_ns);
  void write(const ChunkPtr& chunk);

  TraceHeader header_;
  ContainerInfo container_;
  FlightLimits limits_;
  EvidenceStore& store_;
  FlightRing ring_;
  std::optional<Evidence> evidence_;
  std::string path_;
  uint64_t cooling_until_ns_ = 0;
  uint64_t muted_ = 0;
  uint64_t files_ = 0;
};

}  // namespace vestige
