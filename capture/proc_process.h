// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "capture/proc_sockets.h"
#include "format/snapshot.h"

namespace vestige {

// How much of a process is read.
enum class Detail { kIdentity, kFull };

// One process as /proc shows it; nullopt when it is gone, or ended while it
// was being read. `is_denied` is set when a part could not be read although
// the process is there. Start times have the grain of a clock tick.
std::optional<ProcessState> read_process(pid_t pid, Detail detail,
                                         SocketTables& sockets,
                                         bool& is_denied);
// Whether it is process 1 of a pid namespace other than the first.
bool is_namespace_init(pid_t pid);
// Mounts as the process sees them.
std::vector<MountState> read_mounts(pid_t pid, uint32_t mnt_namespace);

}  // namespace vestige
