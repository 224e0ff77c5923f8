// SPDX-License-Identifier: Apache-2.0
//
// What the daemon says on its control socket.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "capture/recorder.h"
#include "capture/watch/watch.h"

namespace vestige {

using Json = nlohmann::json;

struct WatchStatus {
  ClockPair start;
  uint64_t ring_bytes = 0;
  uint64_t triggers = 0;
  uint64_t muted = 0;  // of these, in a cooldown
  uint64_t alerts = 0;
  uint64_t strange_alerts = 0;  // of these, about containers not watched
  uint64_t files = 0;           // written, or tried
  uint64_t failed_files = 0;
  uint64_t refused_containers = 0;  // no slot was free
  uint64_t missed_cgroups = 0;      // gone before anybody could look
  std::string last_error;
};

// "" when there is no such text.
std::string text_member(const Json& json, const char* name);
// One line; bytes that are not UTF-8 are replaced.
std::string to_line(const Json& json);
Json refusal(const std::string& why);
Json status_json(const WatchStatus& status, const WatchPlan& plan,
                 size_t containers, uint64_t waiting_bytes);
// `ledger`: null when the container is gone.
Json flight_json(const FlightRecorder& flight, const Ledger* ledger);
Json outcome_json(FlightRecorder::Outcome outcome,
                  const FlightRecorder& flight);

}  // namespace vestige
