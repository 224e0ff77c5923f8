// SPDX-License-Identifier: Apache-2.0
#include "capture/watch/watched.h"

#include "capture/container_finder.h"
#include "capture/proc_process.h"
#include "format/parts.h"

namespace vestige {

// Of a container that is soon over, only its records tell the first process.
void Watched::see_exec(const Event& event) {
  if (is_init_sure_) return;
  const Part* task = event.part(kTaskArg, PartKind::kTask);
  if (!task || read_part<TaskPart>(*task).ns_pid != 1) return;
  init_pid = event.pid;
  is_init_sure_ = true;
}

void Watched::learn(const Cgroup& cgroup, const RuntimeRoots& roots,
                    uint64_t now_ns) {
  // Some runtimes tell the image a little late, and some have none.
  const bool is_asking = flight.container().image.empty() &&
                         ask_after_ns_ <= kLastAskNs && now_ns >= ask_at_ns_;
  if (is_init_sure_ && !is_asking) return;
  const auto pids = cgroup.processes();
  if (is_asking) {
    ask_at_ns_ = now_ns + ask_after_ns_;
    ask_after_ns_ *= 2;
    flight.know(know_better(flight.container(), pids, roots));
  }
  if (is_init_sure_) return;
  for (const pid_t pid : pids)
    if (is_namespace_init(pid)) {
      init_pid = uint32_t(pid);
      is_init_sure_ = true;
      return;
    }
}

}  // namespace vestige
