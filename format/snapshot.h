// SPDX-License-Identifier: Apache-2.0
//
// The state of the selected processes at one instant: what existed before the
// first event, and (later in a trace) where a reader can start.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "format/parts.h"

namespace vestige {

// All strings are bytes as the kernel gave them: hostile, any encoding.
struct FdState {
  int32_t fd = 0;
  bool close_on_exec = false;
  std::string target;  // link text of /proc/PID/fd/N
  FilePart file = {};
  std::optional<SocketPart> socket;
};

struct ThreadState {
  uint32_t tid = 0;
  uint32_t ns_tid = 0;
  uint64_t start_ns = 0;
  std::string comm;
};

struct ProcessState {
  TaskPart task = {};  // process_start_ns may be rounded to a clock tick
  bool start_is_exact = false;
  bool is_selected = true;  // false: an ancestor, told for context
  uint64_t cgroup_id = 0;
  CredentialsPart credentials = {};
  std::string comm;
  std::string exe;  // link text of /proc/PID/exe
  FilePart exe_file = {};
  std::string cwd;
  std::string root;
  std::vector<std::string> argv;
  std::vector<std::string> env;
  std::vector<ThreadState> threads;
  std::vector<FdState> fds;
};

struct MountState {
  uint32_t mount_id = 0;
  uint32_t parent_id = 0;
  uint32_t dev_major = 0;
  uint32_t dev_minor = 0;
  uint32_t mnt_namespace = 0;
  std::string root;
  std::string mount_point;
  std::string options;
  std::string fs_type;
  std::string source;
};

// What the agent asked; mounts, arguments and environments are always of /proc.
enum class SnapshotSource : uint8_t {
  kUnknown = 0,
  kProc = 1,    // one file of /proc after the other
  kKernel = 2,  // the kernel's structures, each process and file in one piece
};

struct Snapshot {
  uint64_t time_ns = 0;  // CLOCK_BOOTTIME when it was begun
  uint64_t end_ns = 0;   // when it was complete
  std::vector<ProcessState> processes;
  std::vector<MountState> mounts;
  uint16_t origin = 0;  // as Event::origin
  SnapshotSource source = SnapshotSource::kUnknown;
};

}  // namespace vestige
