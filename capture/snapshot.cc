// SPDX-License-Identifier: Apache-2.0
#include "capture/snapshot.h"

#include <set>

#include "capture/clocks.h"
#include "capture/proc_process.h"

namespace vestige {
namespace {

class SnapshotTaker {
 public:
  SnapshotTaker() { result_.snapshot.time_ns = boot_ns(); }

  // The processes of the cgroup, from the first source that works.
  void add_all(const Cgroup& cgroup, std::span<ProcessSource* const> sources,
               const std::function<void()>& breathe) {
    const auto add_and_breathe = [&](ProcessState process) {
      process.is_selected = true;
      add(std::move(process), Detail::kFull);
      breathe();
    };
    for (ProcessSource* source : sources) {
      result_.snapshot.source = source->kind();
      if (source->read(cgroup, add_and_breathe, breathe, misses_)) return;
    }
  }

  // Parents of parents follow as they are added.
  void add_ancestors() {
    SocketTables none;
    while (!parents_.empty()) {
      const pid_t parent = parents_.back();
      parents_.pop_back();
      if (seen_.contains(parent)) continue;
      auto process = read_process(parent, Detail::kIdentity, none, misses_);
      if (!process) {
        ++misses_.races;
        continue;
      }
      process->is_selected = false;
      add(std::move(*process), Detail::kIdentity);
    }
  }

  SnapshotResult finish() {
    if (misses_.races > 0)
      result_.losses.push_back(
          {.reason = LossReason::kSnapshotRace, .count = misses_.races});
    if (misses_.denied > 0)
      result_.losses.push_back(
          {.reason = LossReason::kSnapshotDenied, .count = misses_.denied});
    if (misses_.beyond > 0)
      result_.losses.push_back(
          {.reason = LossReason::kSnapshotTooLarge, .count = misses_.beyond});
    result_.snapshot.end_ns = boot_ns();
    return std::move(result_);
  }

 private:
  void add(ProcessState process, Detail detail) {
    const auto pid = pid_t(process.task.pid);
    if (!seen_.insert(pid).second) return;
    // What was told of it in one piece stays true when it has ended since.
    if (!read_memory(process, detail)) {
      ++misses_.races;
      if (result_.snapshot.source != SnapshotSource::kKernel) return;
      process.argv.clear();
      process.env.clear();
    }
    add_mounts(pid, process.task.mnt_namespace, detail);
    const auto parent = pid_t(process.task.parent_pid);
    result_.snapshot.processes.push_back(std::move(process));
    if (parent > 0) parents_.push_back(parent);
  }

  void add_mounts(pid_t pid, uint32_t mnt_namespace, Detail detail) {
    if (detail != Detail::kFull || !namespaces_.insert(mnt_namespace).second)
      return;
    for (MountState& mount : read_mounts(pid, mnt_namespace))
      result_.snapshot.mounts.push_back(std::move(mount));
  }

  SnapshotResult result_;
  std::set<pid_t> seen_;
  std::set<uint32_t> namespaces_;
  std::vector<pid_t> parents_;
  ProcessMisses misses_;
};

}  // namespace

SnapshotResult take_snapshot(const Cgroup& cgroup,
                             std::span<ProcessSource* const> sources,
                             const std::function<void()>& breathe) {
  SnapshotTaker taker;
  taker.add_all(cgroup, sources, breathe);
  taker.add_ancestors();
  return taker.finish();
}

}  // namespace vestige
