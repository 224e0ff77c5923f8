// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>

#include "format/header.h"

namespace vestige {

inline int64_t clock_ns(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// CLOCK_BOOTTIME, the clock of events.
inline uint64_t boot_ns() {
  return uint64_t(clock_ns(CLOCK_BOOTTIME));
}

// The two readings are a fraction of a microsecond apart.
inline ClockPair clock_pair() {
  return {.boot_ns = boot_ns(), .unix_ns = clock_ns(CLOCK_REALTIME)};
}

// The same instant on both clocks, of one that is past.
inline ClockPair clock_pair_at(uint64_t past_boot_ns) {
  const ClockPair now = clock_pair();
  return {.boot_ns = past_boot_ns,
          .unix_ns = now.unix_ns - int64_t(now.boot_ns - past_boot_ns)};
}

}  // namespace vestige
