// SPDX-License-Identifier: Apache-2.0
//
// One process, from its first to its last trace, and each program it became.
// Views live as long as the Case.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "format/event.h"
#include "format/parts.h"
#include "replay/ids.h"

namespace vestige {

enum class ProcessOrigin : uint8_t {
  kSnapshot,  // was there when the capture began
  kFork,      // its beginning was seen
  kInferred,  // it acts or is named, its beginning was not seen
};

enum class ProcessEnd : uint8_t {
  kNone,      // alive at the end of the trace, or the end was not seen
  kExited,    // exit_code is valid
  kKilled,    // exit_signal is valid
  kInferred,  // its pid was reused: it must have ended before
};

// How a process got into the container, inferred from where its parent is.
enum class ProcessEntry : uint8_t {
  kNone,     // started inside
  kInit,     // the container's first process
  kSession,  // put in by a runtime: docker exec, kubectl exec, runc exec
};
std::string_view process_entry_text(ProcessEntry entry);

struct ProcessRow {
  ProcessId id = ProcessId::kNone;
  // Who it is a child of, as first known; kNone: nobody known. Stays when
  // the parent dies and another adopts it.
  ProcessId parent = ProcessId::kNone;
  // Whose fork made it; differs from parent with CLONE_PARENT.
  ProcessId creator = ProcessId::kNone;
  // Who adopted it when its parent ended; kNone: nobody, or not known.
  ProcessId adopter = ProcessId::kNone;
  ProcessId killed_by = ProcessId::kNone;  // sender of exit_signal, inferred
  Certainty parent_certainty = Certainty::kUnknown;
  Certainty adopter_certainty = Certainty::kUnknown;
  ProcessEntry entry = ProcessEntry::kNone;
  ProcessOrigin origin = ProcessOrigin::kInferred;
  ProcessEnd end = ProcessEnd::kNone;
  bool is_selected = true;  // false: told for context, its events are not here
  bool core_dumped = false;
  uint8_t exit_code = 0;
  uint8_t exit_signal = 0;
  uint32_t pid = 0;     // initial pid namespace
  uint32_t ns_pid = 0;  // in its own pid namespace; 0 unknown
  uint32_t session = 0;
  uint32_t process_group = 0;
  uint32_t pid_namespace = 0;
  uint32_t mnt_namespace = 0;
  uint32_t net_namespace = 0;
  uint32_t threads = 1;  // ever, the first included
  // As last known.
  std::string_view comm;
  std::string_view exe;   // path of the program; empty unknown
  std::string_view argv;  // each string ended by NUL: see split_strings()
  std::string_view cwd;   // as its container sees it
  std::string_view root;
  bool credentials_known = false;
  CredentialsPart credentials = {};
  uint64_t start_ns = 0;    // CLOCK_BOOTTIME; 0 unknown
  uint64_t end_ns = 0;      // 0: not ended
  Position at;              // first event that tells of it
  Position end_at;          // valid unless end is kNone or kInferred
  uint32_t first_exec = 0;  // its execs: Case::execs_of()
  uint32_t exec_count = 0;
};

// The ids and capabilities of a process from then on.
struct CredentialsRow {
  ProcessId process = ProcessId::kNone;
  Certainty certainty = Certainty::kObserved;
  std::string_view call;  // what changed them: "execve", "capset"; the event's
  CredentialsPart credentials = {};
  uint64_t time_ns = 0;
  Position at;
};

struct ExecRow {
  ProcessId process = ProcessId::kNone;
  int32_t error = 0;  // errno of a failed attempt, else 0
  Certainty certainty = Certainty::kObserved;
  Layer layer = Layer::kUnknown;  // of exe
  bool is_deleted = false;        // exe had no name left
  uint32_t tid = 0;               // the caller; not the leader in some cases
  uint32_t dev_major = 0, dev_minor = 0;  // of exe
  uint64_t inode = 0;
  std::string_view filename;  // as passed
  std::string_view exe;       // what runs: the interpreter, for a script
  std::string_view argv;      // each string ended by NUL
  std::string_view env;
  std::string_view cwd;
  std::string_view comm;  // after a successful exec
  uint32_t uid = 0, euid = 0;
  uint64_t time_ns = 0;
  Position at;
};

// The strings of argv or env. Views into `strings`.
std::vector<std::string_view> split_strings(std::string_view strings);

}  // namespace vestige
