// SPDX-License-Identifier: Apache-2.0
//
// One thing the kernel did, in memory. What the capture agent decodes into,
// the writer stores and the reader gives back.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "format/descriptor.h"

namespace vestige {

// What kind of bytes a part holds. Stored in traces: add only.
enum class PartKind : uint8_t {
#define PART_KIND(name, number, text, doc) name = number,
#include "format/part_kinds.def"
#undef PART_KIND
};

enum PartFlags : uint8_t {
  kPartTruncated = 1,  // there was more; full_size tells how much if known
  kPartFault = 2,      // memory was not readable; data is what could be read
  kPartLate = 4,       // read at exit; may have changed since enter
  kPartCreated = 8,    // kFile: its opening made the file
  kPartChanged = 16,   // kString: as passed; kStringAfter is what it became
  // kPath: another name than the one asked for: a link was followed, or the
  // argument was changed in between
  kPartOtherName = 32,
  kPartRedacted = 64,  // something in it was replaced: see `vestige redact`
};

// Bytes that belong to an argument, the return value or the task.
struct Part {
  PartKind kind = PartKind{};
  uint8_t arg = 0;  // index into Event::args, kReturnArg or kTaskArg
  uint8_t flags = 0;
  uint64_t full_size = 0;
  std::string_view data;  // hostile bytes
};

enum EventFlags : uint8_t {
  kHasEnter = 1,   // duration_ns is known
  kInFlight = 2,   // had not returned; ret is unknown
  kPartsLost = 4,  // a part was left out
};

// Views point into whatever made the event: a ring record or a chunk. They
// live until the next record is polled or the next chunk is read.
struct Event {
  EventType type;
  uint8_t flags = 0;
  uint16_t cpu = 0;
  // Which of TraceHeader::origins it is of, from 1; 0: of no merged trace.
  uint16_t origin = 0;
  uint32_t pid = 0;  // thread group id in the initial pid namespace
  uint32_t tid = 0;  // thread id in the initial pid namespace
  uint64_t process_start_ns = 0;  // with pid: survives pid reuse; 0 unknown
  uint64_t cgroup_id = 0;
  uint64_t time_ns = 0;      // CLOCK_BOOTTIME when it ended
  uint64_t duration_ns = 0;  // valid with kHasEnter
  int64_t ret = 0;           // value or -errno
  std::array<uint64_t, kMaxArgs> args = {};
  std::span<const Part> parts;
  // Never null once read from a trace: the one embedded there.
  const Descriptor* descriptor = nullptr;

  // First part of that kind for the argument, or nullptr.
  [[nodiscard]] const Part* part(uint8_t arg, PartKind kind) const;
  // False: the source of an import did not tell args[arg], or ret for
  // kReturnArg; it is 0.
  [[nodiscard]] bool is_told(uint8_t arg) const;
  [[nodiscard]] uint64_t enter_ns() const { return time_ns - duration_ns; }
};

// Where an event stands in its trace. Stable for a given file.
struct Position {
  uint32_t chunk = 0;
  uint32_t index = 0;

  friend auto operator<=>(const Position&, const Position&) = default;
};

}  // namespace vestige
