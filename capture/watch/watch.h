// SPDX-License-Identifier: Apache-2.0
//
// `vestige-capture watch`: keeps the last minutes of containers in memory and
// writes them down when somebody or something asks.
#pragma once

#include <string>
#include <vector>

#include "capture/bpf_session.h"
#include "capture/runtimes/runtime.h"
#include "capture/selection.h"
#include "capture/wanted.h"
#include "capture/watch/event_rule.h"
#include "capture/watch/flight_recorder.h"
#include "format/result.h"

namespace vestige {

// Other limits for some containers.
struct LimitsFor {
  std::string glob;  // of their names
  FlightLimits limits;
};

struct WatchPlan {
  Wanted wanted;
  Pointed pointed;
  SessionOptions session;
  RuntimeRoots roots;
  FlightLimits limits;
  std::vector<LimitsFor> limits_for;   // the first that fits counts
  uint64_t memory_bytes = 256 << 20;   // of all rings together
  uint64_t reserve_bytes = 512 << 20;  // of disk, to stay free
  std::string folder;                  // of evidence
  std::string control_path;
  std::string signing_key;              // as for record
  std::vector<std::string> recipients;  // likewise
  std::vector<EventRule> rules;
  bool has_exit_trigger = true;  // a container's first process fails
  bool has_oom_trigger = true;
  std::string http_address;  // empty: no HTTP
  std::string http_token_path;
  std::vector<std::string> own_argv;
};

// Returns when told to stop.
Result<void> watch(const WatchPlan& plan);

}  // namespace vestige
