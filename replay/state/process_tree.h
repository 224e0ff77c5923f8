// SPDX-License-Identifier: Apache-2.0
//
// Who is who: every process of the trace under an id that is never reused,
// and every live task with its descriptors and directories.
//
// Events may come slightly out of order: a child may act before its fork is
// told, a task may be heard of after its end. Whoever acts without having
// been introduced becomes an inferred process; a later introduction completes
// it. A pid alone is never trusted: (pid, start time) is.
//
// Not thread-safe. References live as long as the tree.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "format/event.h"
#include "format/parts.h"
#include "replay/facts/process_row.h"
#include "replay/state/fd_table.h"

namespace vestige {

// Working and root directory, shared by threads (and with CLONE_FS).
struct Directories {
  std::string_view cwd;  // empty: not known
  std::string_view root = "/";
  Certainty cwd_certainty = Certainty::kUnknown;
  uint64_t changed_ns = 0;
};

struct Process {
  ProcessRow row;                // what is told of it
  std::shared_ptr<FdTable> fds;  // null after the end
  std::shared_ptr<Directories> directories;
  bool is_start_exact = false;
  bool is_live = true;
  // Since the last successful exec syscall, task_exec has told of it.
  bool exec_was_told = false;
  // All that is known of it: it put others into the container.
  bool has_only_moved = false;
  uint32_t live_threads = 1;
  Process* older = nullptr;  // that had the same pid before
  // Who it is a child of now: the parent of the row, or who adopted it.
  Process* current_parent = nullptr;
  std::vector<Process*> children;  // ever; those that ended included
  bool is_subreaper = false;       // PR_SET_CHILD_SUBREAPER
  uint64_t cgroup_id = 0;          // as last told; 0 unknown

  // When events last told of it: what a snapshot saw before is older.
  struct Changed {
    uint64_t anything_ns = 0;
    uint64_t program_ns = 0;
    uint64_t comm_ns = 0;
    uint64_t credentials_ns = 0;
    uint64_t session_ns = 0;
  };
  Changed changed;

  // Signals that may end it: the last few are kept.
  void add_signal(uint8_t signal, ProcessId sender);
  [[nodiscard]] ProcessId sender_of(uint8_t signal) const;

  struct Sent {
    uint8_t signal;
    ProcessId sender;
  };
  std::array<Sent, 4> sent = {};  // a ring
  uint32_t sent_count = 0;
};

// A thread, with what it may have of its own (CLONE_FILES, CLONE_FS).
struct Task {
  Process* process = nullptr;
  uint32_t tid = 0;
  std::shared_ptr<FdTable> fds;
  std::shared_ptr<Directories> directories;
};

class ProcessTree {
 public:
  struct Moment {
    uint64_t time_ns;
    Position at;
  };

  // The task an event belongs to; made up (inferred) if nobody told of it.
  Task& task(const Event& event, Position at);
  // The process by its identity, or nullptr. start_ns 0: the newest of pid.
  Process* find(uint32_t pid, uint64_t start_ns);
  [[nodiscard]] const Process* find(uint32_t pid, uint64_t start_ns) const;
  // By number as seen from a pid namespace; nullptr unless it is known.
  Process* find_from(const Process& viewer, int32_t pid);
  Process* get(ProcessId id);
  [[nodiscard]] const Process* get(ProcessId id) const;

  // From a snapshot: not started here, but known. What events have told since
  // it was begun stays.
  Process& introduce(const TaskPart& task, bool start_is_exact, Moment now);
  // The kernel told whose child it is now.
  void tell_parent(Process& process, const TaskPart& task);
  // It is gone although nobody told of its end.
  void presume_ended(Process& process, Moment now) {
    end(process, ProcessEnd::kInferred, now);
  }
  // A thread of a known process.
  Task& add_thread(Process& process, uint32_t tid);

  struct Forked {
    Process* child = nullptr;  // nullptr: it was a thread
    bool is_late = false;      // the child has acted before
  };
  // A new task, told by the task that made it.
  Forked fork(Task& creator, const TaskPart& child, uint64_t clone_flags,
              Moment now);
  // What the kernel tells of a process later in its life.
  void update(Process& process, const TaskPart& task, Moment now);
  // Another program in the same process: other threads end, descriptors are
  // no longer shared, close-on-exec ones close.
  void exec(Task& task, Moment now);
  // A thread ended; with group_dead, or when it was the last, the process.
  struct Ending {
    int code = 0;
    int signal = 0;
    bool core_dumped = false;
    bool group_dead = false;
  };
  void exit(Task& task, const Ending& ending, Moment now);

  [[nodiscard]] const std::deque<Process>& all() const { return processes_; }
  std::deque<Process>& all() { return processes_; }
  template <typename Visit>
  void for_each_live(Visit visit) {
    for (auto& [pid, process] : by_pid_)
      if (process->is_live) visit(*process);
  }
  template <typename Visit>
  void for_each_task(Visit visit) {
    for (auto& [tid, task] : tasks_) visit(task);
  }
  [[nodiscard]] uint64_t inferred() const { return inferred_; }

 private:
  Process& create(uint32_t pid, uint64_t start_ns, ProcessOrigin origin,
                  Moment now);
  Process& infer(uint32_t pid, uint64_t start_ns, Moment now);
  Task& bind(uint32_t tid, Process& process);
  void drop_task(uint32_t tid);
  void end(Process& process, ProcessEnd how, Moment now);
  void adopt(Process& process, const TaskPart& task);
  void set_parent(Process& process, const TaskPart& task, Moment now);
  static void hang_below(Process& child, Process& parent);
  void orphan_children(Process& process);
  Process* reaper_of(const Process& orphan, const Process& ended);

  static constexpr size_t kRecent = 256;
  std::deque<Process> processes_;                     // index is id - 1
  std::unordered_map<uint32_t, Process*> by_pid_;     // newest of each pid
  std::unordered_map<uint64_t, Process*> by_ns_pid_;  // (namespace, pid)
  std::unordered_map<uint32_t, Task> tasks_;
  std::array<Task*, kRecent> recent_ = {};  // tasks_, by low bits of tid
  uint64_t inferred_ = 0;
};

}  // namespace vestige
