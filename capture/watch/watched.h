// SPDX-License-Identifier: Apache-2.0
//
// One watched container, and what is learnt about it while it runs.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "capture/cgroup.h"
#include "capture/runtimes/runtime.h"
#include "capture/watch/flight_recorder.h"
#include "capture/watch/oom_counter.h"
#include "format/event.h"

namespace vestige {

struct Watched {
  explicit Watched(FlightRecorder made)
      : flight(std::move(made)), init_pid(flight.container().init_pid) {}

  // An exec in it, in its order.
  void see_exec(const Event& event);
  // Looks at its processes and asks its runtime, while that may tell more.
  void learn(const Cgroup& cgroup, const RuntimeRoots& roots, uint64_t now_ns);

  FlightRecorder flight;
  std::optional<uint16_t> slot;  // none: the container is gone
  uint64_t gone_ns = 0;
  // The process whose failure is the container's: 1 in its pid namespace.
  // 0: not known.
  uint32_t init_pid = 0;
  OomCounter ooms;

 private:
  static constexpr uint64_t kFirstAskNs = 250'000'000;
  static constexpr uint64_t kLastAskNs = 4'000'000'000;

  bool is_init_sure_ = false;
  uint64_t ask_after_ns_ = kFirstAskNs;  // doubles
  uint64_t ask_at_ns_ = 0;
};

}  // namespace vestige
