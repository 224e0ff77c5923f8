// SPDX-License-Identifier: Apache-2.0
//
// When the events behind a row happened and where they stand in the trace.
#pragma once

#include <cstdint>

#include "format/event.h"

namespace vestige {

struct Occurrence {
  uint64_t count = 0;
  uint64_t first_ns = 0;  // CLOCK_BOOTTIME, end of the event
  uint64_t last_ns = 0;
  Position first;
  Position last;

  void add(uint64_t time_ns, Position at) {
    if (count++ == 0) {
      first_ns = time_ns;
      first = at;
    }
    last_ns = time_ns;
    last = at;
  }
};

}  // namespace vestige
