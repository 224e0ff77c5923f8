// SPDX-License-Identifier: Apache-2.0
//
// Who recorded what, where, when and how: the first and last words of a trace.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "format/crypto_box.h"
#include "format/loss.h"

namespace vestige {

// One instant on two clocks, taken together.
struct ClockPair {
  uint64_t boot_ns = 0;  // CLOCK_BOOTTIME, the clock of events
  int64_t unix_ns = 0;   // CLOCK_REALTIME, UTC

  // The other clock at another instant. Wraps: both may be hostile.
  [[nodiscard]] int64_t unix_at(uint64_t at_boot_ns) const {
    return int64_t(uint64_t(unix_ns) + at_boot_ns - boot_ns);
  }
  [[nodiscard]] uint64_t boot_at(int64_t at_unix_ns) const {
    return boot_ns + uint64_t(at_unix_ns) - uint64_t(unix_ns);
  }
};

// A folder or file of the host that a container sees.
struct ContainerMount {
  std::string source;       // on the host
  std::string destination;  // in the container
  std::string options;      // "rbind,ro"

  friend bool operator==(const ContainerMount&,
                         const ContainerMount&) = default;
};

// Whether a container was started with next to no confinement.
enum class Privileged : uint8_t { kUnknown = 0, kNo = 1, kYes = 2 };

struct ContainerInfo {
  std::string id;  // full id, or the cgroup's last component
  std::string name;
  std::string image;
  std::string runtime;  // docker, podman, containerd, cri-o, runc, none
  std::vector<std::pair<std::string, std::string>> labels;
  std::string cgroup_path;  // below the cgroup v2 mount
  uint64_t cgroup_id = 0;
  uint32_t init_pid = 0;  // initial pid namespace; 0 unknown
  std::string rootfs;     // on the host, when the runtime tells
  Privileged privileged = Privileged::kUnknown;
  std::vector<std::string> capabilities;  // bounding set: "CAP_CHOWN"
  std::vector<ContainerMount> mounts;     // of the host
};

// A trace that this one was made from.
struct Parent {
  std::string operation;  // repaired, cut, merged
  std::string trace_id;   // hex
  std::string root;       // of its seal, hex; empty if it was not intact
  std::string file_name;  // without the folder
  std::string verdict;    // of verifying it, in words
  std::string detail;     // what was kept, as asked for
  ContainerInfo container;
};

// Somebody asked a flight recorder for a file.
struct Trigger {
  std::string source;  // command, signal, rule, oom, exit, http
  std::string reason;  // in the words of whoever asked: hostile
  std::string detail;  // what came with it: an alert, a line of an event
  ClockPair time;
};

// How a flight recorder came to write this trace: what it was to keep, what
// it still had. Without triggers: no flight recorder did.
struct Flight {
  uint64_t before_ns = 0;         // the past that was to be kept
  uint64_t after_ns = 0;          // how long it went on after the last trigger
  uint64_t held_from_ns = 0;      // CLOCK_BOOTTIME; older was let go
  uint64_t released_events = 0;   // seen before that, and let go
  uint64_t muted_triggers = 0;    // since the file before: in the cooldown
  std::vector<Trigger> triggers;  // oldest first
};

// The file that a rotated recording was in before.
struct Predecessor {
  std::string trace_id;   // hex
  std::string head;       // of its seal, hex
  std::string file_name;  // without the folder
  uint32_t number = 0;    // of that file in the series, from 1; 0: none
};

struct TraceHeader {
  std::string tool;  // "vestige-capture 0.1.0 (commit)"
  std::string host_name;
  std::string kernel_release;
  std::string machine;  // x86_64, aarch64
  std::string boot_id;
  std::string machine_id;
  std::vector<std::string> command;  // argv of the agent
  std::string selection;             // in words, as asked for
  ContainerInfo container;
  ClockPair start;
  uint32_t cpu_count = 0;
  uint32_t snaplen = 0;         // bytes of payload kept per call
  uint32_t string_limit = 0;    // bytes kept per string
  bool has_enter = false;       // durations and in-flight calls are recorded
  std::vector<Parent> parents;  // oldest first; empty: as recorded
  Flight flight;                // as known at the first trigger
  Predecessor previous;         // of a recording that was rotated
  // Who can read an encrypted trace; set by TraceWriter. Empty: everybody.
  std::vector<WrappedKey> recipients;
  // The traces that this one was merged from, on the clock of this one.
  // Event::origin counts them from 1. Not nested.
  std::vector<TraceHeader> origins;
  uint64_t shift_ns = 0;  // of an origin: what was added to its times
};

enum class EndReason : uint8_t {
  kUnknown = 0,  // no end was written: see losses
  kInterrupted = 1,
  kDuration = 2,
  kContainerGone = 3,
  kCommandExited = 4,
  kError = 5,
  kSizeLimit = 6,
  kImported = 7,      // the capture it was made of has no more
  kRotated = 8,       // goes on in the next file
  kTriggerOver = 20,  // a flight recorder wrote what was asked for
  kDiskReserve = 21,  // the rest of the disk belongs to others
};
std::string_view end_reason_text(EndReason reason);

struct TraceEnd {
  EndReason reason = EndReason::kUnknown;
  std::string detail;  // for kError and kCommandExited
  ClockPair end;
  uint64_t events = 0;
  // Records that the kernel made, those lost included, and calls in flight at
  // the end: events + lost events. 0: not counted.
  uint64_t seen = 0;
  uint64_t bytes = 0;             // of the file, up to the end record
  ContainerInfo container;        // as known at the end; may know more
  std::vector<Loss> losses;       // totals over the whole trace
  Flight flight;                  // with all triggers
  std::vector<TraceEnd> origins;  // as TraceHeader::origins
};

}  // namespace vestige
