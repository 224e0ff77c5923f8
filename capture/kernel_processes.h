// SPDX-License-Identifier: Apache-2.0
//
// Processes as the kernel's own structures have them, by BPF iterators: each
// task and each open file in one piece, with exact start times, and numbers of
// devices and inodes that are those of the events.
#pragma once

#include "capture/bpf_session_tasks.h"
#include "capture/process_source.h"

namespace vestige {

class KernelProcesses : public ProcessSource {
 public:
  // kSystem where iterators cannot be used.
  static Result<KernelProcesses> open(const ProcessLimits& limits = {});

  [[nodiscard]] SnapshotSource kind() const override {
    return SnapshotSource::kKernel;
  }
  Result<void> read(const Cgroup& cgroup, const Sink& sink,
                    const std::function<void()>& breathe,
                    ProcessMisses& misses) override;

 private:
  KernelProcesses(TaskIterators iterators, const ProcessLimits& limits)
      : iterators_(std::move(iterators)), limits_(limits) {}

  TaskIterators iterators_;
  ProcessLimits limits_;
};

}  // namespace vestige
