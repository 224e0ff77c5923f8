// SPDX-License-Identifier: Apache-2.0
#include "capture/watch/watch_json.h"

#include "capture/clocks.h"

namespace vestige {
namespace {

std::string_view outcome_text(FlightRecorder::Outcome outcome) {
  switch (outcome) {
    case FlightRecorder::Outcome::kBegun: return "begun";
    case FlightRecorder::Outcome::kJoined: return "joined";
    case FlightRecorder::Outcome::kMuted: return "muted";
  }
  return "";
}

double seconds_since(uint64_t time_ns) {
  return time_ns == 0 ? 0 : double(boot_ns() - time_ns) / 1e9;
}

}  // namespace

std::string text_member(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>()
                                                   : "";
}

std::string to_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json refusal(const std::string& why) {
  return {{"ok", false}, {"error", why}};
}

Json status_json(const WatchStatus& status, const WatchPlan& plan,
                 size_t containers, uint64_t waiting_bytes) {
  return {{"ok", true},
          {"seconds", seconds_since(status.start.boot_ns)},
          {"containers", containers},
          {"refused_containers", status.refused_containers},
          {"missed_cgroups", status.missed_cgroups},
          {"ring_bytes", status.ring_bytes},
          {"memory_bytes", plan.memory_bytes},
          {"waiting_bytes", waiting_bytes},
          {"triggers", status.triggers},
          {"muted_triggers", status.muted},
          {"alerts", status.alerts},
          {"strange_alerts", status.strange_alerts},
          {"files", status.files},
          {"failed_files", status.failed_files},
          {"folder", plan.folder},
          {"last_error",
           status.last_error.empty() ? Json() : Json(status.last_error)}};
}

Json flight_json(const FlightRecorder& flight, const Ledger* ledger) {
  const ContainerInfo& info = flight.container();
  const FlightRing& ring = flight.ring();
  return {{"id", info.id},
          {"name", info.name},
          {"image", info.image},
          {"runtime", info.runtime},
          {"pod", pod_of(info)},
          {"namespace", namespace_of(info)},
          {"cgroup", info.cgroup_path},
          {"running", ledger != nullptr},
          {"held_seconds", seconds_since(ring.held_from_ns())},
          {"before_seconds", double(flight.limits().before_ns) / 1e9},
          {"held_bytes", ring.bytes()},
          {"ring_bytes", flight.limits().ring_bytes},
          {"held_events", ring.events()},
          {"evicted_events", ring.evicted_events()},
          {"seen_events", ledger ? ledger->written : 0},
          {"lost_events", ledger ? ledger->lost() : 0},
          {"files", flight.files()},
          {"muted_triggers", flight.muted()},
          {"writing", flight.is_writing() ? Json(flight.path()) : Json()}};
}

Json outcome_json(FlightRecorder::Outcome outcome,
                  const FlightRecorder& flight) {
  return {{"ok", true},
          {"outcome", outcome_text(outcome)},
          {"file", flight.path()},
          {"after_seconds", double(flight.limits().after_ns) / 1e9}};
}

}  // namespace vestige
