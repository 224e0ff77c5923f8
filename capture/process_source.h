// SPDX-License-Identifier: Apache-2.0
//
// Where a snapshot has its processes from: kernel_processes.h, or where that
// cannot be used, proc_process.h.
#pragma once

#include <functional>

#include "capture/cgroup.h"
#include "format/result.h"
#include "format/snapshot.h"

namespace vestige {

// Per process; what is more is left out, and counted.
struct ProcessLimits {
  size_t fds = 65536;
  size_t threads = 65536;
};

// What a source could not tell.
struct ProcessMisses {
  uint64_t races = 0;   // processes that went while they were looked at
  uint64_t denied = 0;  // processes of which a part may not be read
  uint64_t beyond = 0;  // descriptors and threads beyond the limits
};

class ProcessSource {
 public:
  // One process, its threads and files included, arguments and environment
  // not: these lie in its memory.
  using Sink = std::function<void(ProcessState)>;

  virtual ~ProcessSource() = default;
  [[nodiscard]] virtual SnapshotSource kind() const = 0;
  // Hands over the processes in the cgroup and below that have not ended.
  // `breathe` is called now and then, for what cannot wait. On an error
  // nothing has been handed over.
  virtual Result<void> read(const Cgroup& cgroup, const Sink& sink,
                            const std::function<void()>& breathe,
                            ProcessMisses& misses) = 0;
};

}  // namespace vestige
