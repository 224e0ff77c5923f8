// SPDX-License-Identifier: Apache-2.0
//
// How files stand at the end of what a state was told: who has them open, and
// what has become of those that were made, changed, renamed or deleted.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "replay/reconstructor.h"

namespace vestige {

enum class FileState : uint8_t {
  kOpen,     // somebody has it open; nobody was seen to change it
  kCreated,  // was not there when the trace began
  kChanged,  // written or truncated
  kDeleted,
  kRenamed,  // `to` is the name it has got
};
std::string_view file_state_text(FileState state);

// One name. Views live as long as the texts of the state.
struct FileStanding {
  std::string_view path;
  FileState state = FileState::kOpen;
  std::string_view to;
  Certainty certainty = Certainty::kUnknown;
  ProcessId by = ProcessId::kNone;  // who made it so; kNone for kOpen
  uint64_t since_ns = 0;            // 0 for kOpen
  Position at;                      // of the last event; not for kOpen
  std::vector<ProcessId> open_by;   // rising
};

// By path. Ends the state: see Reconstructor::finish().
std::vector<FileStanding> file_standings(Reconstructor& state);

}  // namespace vestige
