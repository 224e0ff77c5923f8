// SPDX-License-Identifier: Apache-2.0
//
// Names of things that live through a trace. They are not pids, inodes or
// descriptors: those are reused, these never are. 0 is nobody.
#pragma once

#include <cstdint>
#include <string_view>

namespace vestige {

enum class ProcessId : uint32_t { kNone = 0 };
// One conversation: a socket together with one peer (or with none yet).
enum class ConnectionId : uint32_t { kNone = 0 };

// One file from its making to its end, whatever its names.
enum class FileId : uint32_t { kNone = 0 };

// How a statement is known.
enum class Certainty : uint8_t {
  kObserved,  // the kernel said so in this trace
  kInferred,  // follows from what was observed, if nothing was missed
  kUnknown,   // not to be relied on
};
// "observed", "inferred", "unknown": in rows, fields and JSON.
std::string_view certainty_text(Certainty certainty);

}  // namespace vestige
