// SPDX-License-Identifier: Apache-2.0
//
// What is done to files in order to hide: facts of their own, concluded from
// the rows. Views live as long as the facts.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "format/header.h"
#include "replay/facts/facts.h"

namespace vestige {

enum class FileMarkKind : uint8_t {
#define FILE_MARK(name, text, doc) name,
#include "replay/facts/file_marks.def"
#undef FILE_MARK
};
std::string_view file_mark_text(FileMarkKind kind);

struct FileMark {
  FileMarkKind kind = FileMarkKind{};
  Certainty certainty = Certainty::kObserved;
  ProcessId process = ProcessId::kNone;  // who did it
  std::string_view path;
  uint64_t time_ns = 0;  // CLOCK_BOOTTIME
  Position at;
  int64_t mtime_ns = 0;  // kTimestomped: the time that was set
};

// Ordered by time. start: clocks of the trace's header.
std::vector<FileMark> file_marks(const Facts& facts, const ClockPair& start);

}  // namespace vestige
