// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>

#include "capture/proc_sockets.h"
#include "capture/process_source.h"
#include "format/snapshot.h"

namespace vestige {

// How much of a process is read.
enum class Detail { kIdentity, kFull };

// Processes as /proc shows them, one after the other. Start times have the
// grain of a clock tick.
class ProcProcesses : public ProcessSource {
 public:
  explicit ProcProcesses(const ProcessLimits& limits = {}) : limits_(limits) {}

  [[nodiscard]] SnapshotSource kind() const override {
    return SnapshotSource::kProc;
  }
  Result<void> read(const Cgroup& cgroup, const Sink& sink,
                    const std::function<void()>& breathe,
                    ProcessMisses& misses) override;

 private:
  ProcessLimits limits_;
};

// One process without arguments and environment; nullopt when it is gone.
// What it could not tell is counted, but not that it is gone.
std::optional<ProcessState> read_process(pid_t pid, Detail detail,
                                         SocketTables& sockets,
                                         ProcessMisses& misses,
                                         const ProcessLimits& limits = {});
// Adds what lies in its memory, arguments and environment (kFull). False when
// the process is gone, or is another one by now.
bool read_memory(ProcessState& process, Detail detail);
// Whether it is process 1 of a pid namespace other than the first.
bool is_namespace_init(pid_t pid);
// Mounts as the process sees them.
std::vector<MountState> read_mounts(pid_t pid, uint32_t mnt_namespace);

}  // namespace vestige
