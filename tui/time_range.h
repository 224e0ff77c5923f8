// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "replay/case.h"

namespace vestige::tui {

// CLOCK_BOOTTIME, both ends included; equal ends are an instant.
struct TimeRange {
  uint64_t from_ns = 0;
  uint64_t to_ns = 0;

  [[nodiscard]] bool is_instant() const { return from_ns == to_ns; }
  // Whether something that lasted from first to last touches the range.
  [[nodiscard]] bool overlaps(uint64_t first_ns, uint64_t last_ns) const {
    return first_ns <= to_ns && last_ns >= from_ns;
  }
  friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

// From the first to the last instant that anything in the case tells of.
TimeRange whole_range(const Case& data);

}  // namespace vestige::tui
