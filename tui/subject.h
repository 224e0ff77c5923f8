// SPDX-License-Identifier: Apache-2.0
//
// What a line on the screen is about. Going from one view to another means
// taking the subject of a line along.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "replay/case.h"

namespace vestige::tui {

// One row of one table of Facts, by its index.
enum class FactTable : uint8_t {
  kExecs,
  kFiles,
  kNet,
  kActions,
  kStarts,
  kEnds
};

struct FactRef {
  FactTable table = FactTable::kExecs;
  uint32_t index = 0;  // kStarts, kEnds: of the process

  friend bool operator==(const FactRef&, const FactRef&) = default;
};

struct FilePath {
  std::string_view path;  // lives as long as the Case

  friend bool operator==(const FilePath&, const FilePath&) = default;
};

// A raw event.
struct EventRef {
  Position at;
  ProcessId process = ProcessId::kNone;
  uint64_t time_ns = 0;

  friend bool operator==(const EventRef&, const EventRef&) = default;
};

using Subject = std::variant<std::monostate, ProcessId, FilePath, ConnectionId,
                             FactRef, EventRef>;

// What else a subject tells: whose doing, when, where in the trace, which
// file, which connection; empty where it does not.
struct Bearings {
  ProcessId process = ProcessId::kNone;
  ConnectionId connection = ConnectionId::kNone;
  std::string_view path;
  uint64_t first_ns = 0;
  uint64_t last_ns = 0;
  Position at;
};
Bearings bearings(const Facts& facts, const Subject& subject);

// A name that finds the subject again in the same trace: "process 3",
// "event 0:17", "file /tmp/x". Bytes as captured.
std::string subject_key(const Facts& facts, const Subject& subject);
// The same subject once more is known of the case: rows may have moved.
Subject moved(const Facts& before, const Facts& now, const Subject& subject);
// The way back; nothing when the facts hold no such subject. Looks through a
// whole table.
Subject find_subject(const Facts& facts, std::string_view key);

}  // namespace vestige::tui
