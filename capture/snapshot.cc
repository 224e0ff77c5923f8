// SPDX-License-Identifier: Apache-2.0
#include "capture/snapshot.h"

#include <set>

#include "capture/clocks.h"
#include "capture/proc_process.h"

namespace vestige {
namespace {

class SnapshotTaker {
 public:
  void add_process(pid_t pid, Detail detail) {
    if (!seen_.insert(pid).second) return;
    bool is_denied = false;
    auto process = read_process(pid, detail, sockets_, is_denied);
    if (is_denied) ++denied_;
    if (!process) {
      ++races_;
      return;
    }
    process->is_selected = detail == Detail::kFull;
    add_mounts(pid, process->task.mnt_namespace, detail);
    const auto parent = pid_t(process->task.parent_pid);
    result_.snapshot.processes.push_back(std::move(*process));
    if (parent > 0) parents_.push_back(parent);
  }

  // Parents of parents follow as they are added.
  void add_ancestors() {
    while (!parents_.empty()) {
      const pid_t parent = parents_.back();
      parents_.pop_back();
      add_process(parent, Detail::kIdentity);
    }
  }

  SnapshotResult finish() {
    if (races_ > 0)
      result_.losses.push_back(
          {.reason = LossReason::kSnapshotRace, .count = races_});
    if (denied_ > 0)
      result_.losses.push_back(
          {.reason = LossReason::kSnapshotDenied, .count = denied_});
    result_.snapshot.end_ns = boot_ns();
    return std::move(result_);
  }

  void begin() { result_.snapshot.time_ns = boot_ns(); }

 private:
  void add_mounts(pid_t pid, uint32_t mnt_namespace, Detail detail) {
    if (detail != Detail::kFull || !namespaces_.insert(mnt_namespace).second)
      return;
    for (MountState& mount : read_mounts(pid, mnt_namespace))
      result_.snapshot.mounts.push_back(std::move(mount));
  }

  SnapshotResult result_;
  SocketTables sockets_;
  std::set<pid_t> seen_;
  std::set<uint32_t> namespaces_;
  std::vector<pid_t> parents_;
  uint64_t races_ = 0;
  uint64_t denied_ = 0;
};

}  // namespace

SnapshotResult take_snapshot(const std::vector<pid_t>& pids,
                             const std::function<void()>& breathe) {
  SnapshotTaker taker;
  taker.begin();
  for (const pid_t pid : pids) {
    taker.add_process(pid, Detail::kFull);
    breathe();
  }
  taker.add_ancestors();
  return taker.finish();
}

}  // namespace vestige
