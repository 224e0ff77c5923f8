// SPDX-License-Identifier: Apache-2.0
//
// The state of a container at one instant of a trace, reached from the nearest
// snapshot before it instead of from the beginning.
//
// What a snapshot tells is the machine: processes, descriptors, sockets,
// mounts. What it cannot tell is history: ids of rows (they count from the
// beginning of what was read), who started whom before, bytes moved before,
// names looked up before. A child forked while the snapshot was taken gets
// what its parent had when the snapshot came to it.
#pragma once

#include <cstdint>
#include <string>

#include "format/result.h"
#include "replay/reconstructor.h"

namespace vestige {

enum class ReadFrom : uint8_t { kSnapshot, kStart };

struct Instant {
  bool is_from_start = true;
  uint64_t from_ns = 0;  // of the snapshot; 0 from the start
  uint64_t events = 0;   // that were applied
  uint64_t chunks_skipped = 0;
};

// Brings a fresh state to time_ns (CLOCK_BOOTTIME). From the start, too, when
// no snapshot was complete by then.
Result<Instant> read_instant(const std::string& path, uint64_t time_ns,
                             ReadFrom from, Reconstructor& state);

}  // namespace vestige
