// SPDX-License-Identifier: Apache-2.0
#include "replay/state/process_tree.h"

#include <linux/sched.h>

#include <algorithm>

namespace vestige {
namespace {

// /proc tells start times in clock ticks of 10 ms, rounded down.
constexpr uint64_t kStartTolerance_ns = 20'000'000;

bool is_start(const Process& process, uint64_t start_ns, bool is_exact) {
  const uint64_t known_ns = process.row.start_ns;
  if (start_ns == 0 || known_ns == 0 || start_ns == known_ns) return true;
  if (process.is_start_exact && is_exact) return false;
  const uint64_t apart =
      std::max(start_ns, known_ns) - std::min(start_ns, known_ns);
  return apart <= kStartTolerance_ns;
}

uint64_t ns_key(uint32_t pid_namespace, uint32_t ns_pid) {
  return uint64_t(pid_namespace) << 32 | ns_pid;
}

}  // namespace

void Process::add_signal(uint8_t signal, ProcessId sender) {
  sent[sent_count++ % sent.size()] = {signal, sender};
}

ProcessId Process::sender_of(uint8_t signal) const {
  const size_t kept = std::min<size_t>(sent_count, sent.size());
  for (size_t back = 1; back <= kept; ++back)
    if (const Sent& last = sent[(sent_count - back) % sent.size()];
        last.signal == signal)
      return last.sender;
  return ProcessId::kNone;
}

Process& ProcessTree::create(uint32_t pid, uint64_t start_ns,
                             ProcessOrigin origin, Moment now) {
  Process& process = processes_.emplace_back();
  process.row.id = ProcessId(processes_.size());
  process.row.origin = origin;
  process.row.pid = pid;
  process.row.start_ns = start_ns;
  process.row.at = now.at;
  process.fds = std::make_shared<FdTable>();
  process.directories = std::make_shared<Directories>();
  process.changed.anything_ns = now.time_ns;
  Process*& newest = by_pid_[pid];
  if (newest && newest->row.start_ns > start_ns && start_ns != 0) {
    // Told of late: it lived before the one that has the pid now.
    Process* younger = newest;
    while (younger->older && younger->older->row.start_ns > start_ns)
      younger = younger->older;
    process.older = std::exchange(younger->older, &process);
    process.is_live = false;
    process.row.end = ProcessEnd::kInferred;
    return process;
  }
  if (newest && newest->is_live) end(*newest, ProcessEnd::kInferred, now);
  process.older = newest;
  newest = &process;
  return process;
}

Process& ProcessTree::infer(uint32_t pid, uint64_t start_ns, Moment now) {
  ++inferred_;
  Process& process = create(pid, start_ns, ProcessOrigin::kInferred, now);
  process.is_start_exact = start_ns != 0;
  return process;
}

const Process* ProcessTree::find(uint32_t pid, uint64_t start_ns) const {
  const auto found = by_pid_.find(pid);
  if (found == by_pid_.end()) return nullptr;
  const Process* process = found->second;
  while (process && !is_start(*process, start_ns, true))
    process = process->older;
  return process;
}

Process* ProcessTree::find(uint32_t pid, uint64_t start_ns) {
  return const_cast<Process*>(std::as_const(*this).find(pid, start_ns));
}

Process* ProcessTree::get(ProcessId id) {
  return const_cast<Process*>(std::as_const(*this).get(id));
}

const Process* ProcessTree::get(ProcessId id) const {
  const size_t number = size_t(id);
  return number == 0 || number > processes_.size() ? nullptr
                                                   : &processes_[number - 1];
}

Process* ProcessTree::find_from(const Process& viewer, int32_t pid) {
  if (pid <= 0) return nullptr;
  if (viewer.row.pid_namespace != 0) {
    const auto found =
        by_ns_pid_.find(ns_key(viewer.row.pid_namespace, uint32_t(pid)));
    if (found != by_ns_pid_.end()) return found->second;
  }
  // The numbers of the initial namespace are right only for who lives there.
  if (viewer.row.ns_pid != 0 && viewer.row.ns_pid != viewer.row.pid)
    return nullptr;
  return find(uint32_t(pid), 0);
}

Task& ProcessTree::task(const Event& event, Position at) {
  Task* const recent = recent_[event.tid % kRecent];
  if (recent && recent->tid == event.tid &&
      recent->process->row.pid == event.pid &&
      recent->process->row.start_ns == event.process_start_ns) {
    recent->process->changed.anything_ns = event.time_ns;
    return *recent;
  }
  Process* process = find(event.pid, event.process_start_ns);
  if (!process)
    process = &infer(event.pid, event.process_start_ns, {event.time_ns, at});
  if (!process->is_start_exact && event.process_start_ns != 0) {
    process->row.start_ns = event.process_start_ns;
    process->is_start_exact = true;
  }
  process->changed.anything_ns = event.time_ns;
  if (event.cgroup_id != 0) process->cgroup_id = event.cgroup_id;
  if (!process->is_live && process->row.end == ProcessEnd::kInferred &&
      by_pid_[event.pid] == process) {
    process->is_live = true;  // it was not gone after all
    process->row.end = ProcessEnd::kNone;
  }
  return bind(event.tid, *process);
}

Task& ProcessTree::bind(uint32_t tid, Process& process) {
  Task& task = tasks_[tid];
  if (!process.fds) {
    process.fds = std::make_shared<FdTable>();
    process.directories = std::make_shared<Directories>();
  }
  if (task.process != &process)
    task = {&process, tid, process.fds, process.directories};
  recent_[tid % kRecent] = &task;
  return task;
}

void ProcessTree::drop_task(uint32_t tid) {
  Task*& recent = recent_[tid % kRecent];
  if (recent && recent->tid == tid) recent = nullptr;
  tasks_.erase(tid);
}

void ProcessTree::set_parent(Process& process, const TaskPart& task,
                             Moment now) {
  if (task.parent_pid == 0) return;
  Process* parent = find(task.parent_pid, task.parent_start_ns);
  // A parent outside of what was captured is known by name only.
  if (!parent) {
    parent = &infer(task.parent_pid, task.parent_start_ns, now);
    parent->row.is_selected = false;
  }
  if (parent == &process) return;
  process.row.parent = parent->row.id;
  process.row.parent_certainty = Certainty::kObserved;
  hang_below(process, *parent);
}

void ProcessTree::hang_below(Process& child, Process& parent) {
  if (child.current_parent == &parent) return;
  child.current_parent = &parent;
  parent.children.push_back(&child);
}

void ProcessTree::tell_parent(Process& process, const TaskPart& task) {
  if (task.parent_pid == 0) return;
  Process* parent = find(task.parent_pid, task.parent_start_ns);
  if (!parent || parent == &process) return;
  hang_below(process, *parent);
  if (process.row.parent == parent->row.id ||
      process.row.parent == ProcessId::kNone)
    return;
  process.row.adopter = parent->row.id;
  process.row.adopter_certainty = Certainty::kObserved;
}

// As find_new_reaper() of the kernel: the nearest ancestor that asked for
// orphans, else the first process of the pid namespace.
Process* ProcessTree::reaper_of(const Process& orphan, const Process& ended) {
  constexpr int kMaxDepth = 1000;  // hostile parents may go in circles
  int depth = 0;
  for (Process* at = ended.current_parent; at && depth < kMaxDepth;
       at = at->current_parent, ++depth) {
    if (!at->is_live) continue;
    const bool is_init = at->row.ns_pid == 1 && orphan.row.pid_namespace != 0 &&
                         at->row.pid_namespace == orphan.row.pid_namespace;
    if (at->is_subreaper || is_init) return at;
  }
  const auto init = by_ns_pid_.find(ns_key(orphan.row.pid_namespace, 1));
  if (orphan.row.pid_namespace == 0 || init == by_ns_pid_.end() ||
      !init->second->is_live || init->second == &orphan)
    return nullptr;
  return init->second;
}

void ProcessTree::orphan_children(Process& process) {
  for (Process* child : process.children) {
    if (!child->is_live || child->current_parent != &process) continue;
    child->current_parent = nullptr;
    Process* reaper = reaper_of(*child, process);
    if (!reaper || reaper == child) continue;
    hang_below(*child, *reaper);
    child->row.adopter = reaper->row.id;
    child->row.adopter_certainty = Certainty::kInferred;
  }
  process.children = {};
}

void ProcessTree::adopt(Process& process, const TaskPart& task) {
  ProcessRow& row = process.row;
  row.ns_pid = task.ns_pid;
  row.session = task.session;
  row.process_group = task.process_group;
  row.pid_namespace = task.pid_namespace;
  row.mnt_namespace = task.mnt_namespace;
  row.net_namespace = task.net_namespace;
  if (task.process_start_ns != 0) row.start_ns = task.process_start_ns;
  if (task.pid_namespace != 0 && task.ns_pid != 0)
    by_ns_pid_[ns_key(task.pid_namespace, task.ns_pid)] = &process;
}

Process& ProcessTree::introduce(const TaskPart& task, bool start_is_exact,
                                Moment now) {
  const auto newest = by_pid_.find(task.pid);
  Process* process = newest == by_pid_.end() ? nullptr : newest->second;
  while (process && !is_start(*process, task.process_start_ns, start_is_exact))
    process = process->older;
  const bool is_known = process != nullptr;
  if (!process)
    process =
        &create(task.pid, task.process_start_ns, ProcessOrigin::kSnapshot, now);
  if (process->row.origin == ProcessOrigin::kInferred) {
    process->row.origin = ProcessOrigin::kSnapshot;
    --inferred_;
  }
  TaskPart told = task;
  if (is_known && process->is_start_exact)
    told.process_start_ns = process->row.start_ns;
  else
    process->is_start_exact = start_is_exact;
  if (is_known && process->changed.session_ns >= now.time_ns) {
    told.session = process->row.session;
    told.process_group = process->row.process_group;
  }
  adopt(*process, told);
  // Who it is a child of, not who has adopted it since.
  if (process->row.parent == ProcessId::kNone) set_parent(*process, task, now);
  if (process->is_live) tell_parent(*process, task);
  return *process;
}

Task& ProcessTree::add_thread(Process& process, uint32_t tid) {
  return bind(tid, process);
}

void ProcessTree::update(Process& process, const TaskPart& task, Moment now) {
  adopt(process, task);
  if (process.row.parent == ProcessId::kNone) set_parent(process, task, now);
  tell_parent(process, task);
}

ProcessTree::Forked ProcessTree::fork(Task& creator, const TaskPart& child,
                                      uint64_t clone_flags, Moment now) {
  Process& maker = *creator.process;
  if (child.pid == maker.row.pid && child.tid != child.pid) {
    ++maker.row.threads;
    ++maker.live_threads;
    Task& thread = bind(child.tid, maker);
    thread.fds = creator.fds;
    thread.directories = creator.directories;
    return {};
  }
  Process* process = find(child.pid, child.process_start_ns);
  const bool is_late =
      process && process->row.origin == ProcessOrigin::kInferred;
  // A capture that begins now may have told of the child in its snapshot.
  if (process && !is_late && child.process_start_ns != 0)
    return {process, true};
  if (!is_late)
    process =
        &create(child.pid, child.process_start_ns, ProcessOrigin::kFork, now);
  else if (process->row.origin == ProcessOrigin::kInferred)
    --inferred_;
  process->row.origin = ProcessOrigin::kFork;
  process->row.is_selected = true;
  process->is_start_exact = child.process_start_ns != 0;
  adopt(*process, child);
  process->cgroup_id = maker.cgroup_id;
  process->row.creator = maker.row.id;
  process->row.parent = maker.row.id;
  process->row.parent_certainty = Certainty::kObserved;
  if (child.parent_pid != 0 && child.parent_pid != maker.row.pid)
    set_parent(*process, child, now);  // CLONE_PARENT
  else
    hang_below(*process, maker);
  if (is_late) {
    if (!process->fds) return {process, true};  // and has ended already
    process->fds->fill_from(*creator.fds);
    if (process->directories->cwd_certainty == Certainty::kUnknown)
      *process->directories = *creator.directories;
    return {process, true};
  }
  process->fds = clone_flags & CLONE_FILES
                     ? creator.fds
                     : std::make_shared<FdTable>(*creator.fds);
  process->directories =
      clone_flags & CLONE_FS
          ? creator.directories
          : std::make_shared<Directories>(*creator.directories);
  bind(child.tid, *process);
  return {process, false};
}

void ProcessTree::exec(Task& task, Moment now) {
  Process& process = *task.process;
  // Only the caller is left, under the leader's number.
  std::shared_ptr<FdTable> fds = std::move(task.fds);
  std::shared_ptr<Directories> directories = std::move(task.directories);
  if (fds == process.fds) process.fds.reset();
  if (process.live_threads > 1 || task.tid != process.row.pid) {
    std::vector<uint32_t> gone;
    for (auto& [tid, other] : tasks_)
      if (other.process == &process) gone.push_back(tid);
    for (const uint32_t tid : gone) drop_task(tid);
  }
  process.fds =
      fds.use_count() > 1 ? std::make_shared<FdTable>(*fds) : std::move(fds);
  process.fds->exec(now.time_ns);
  process.directories = std::move(directories);
  process.live_threads = 1;
  bind(process.row.pid, process) = {&process, process.row.pid, process.fds,
                                    process.directories};
}

void ProcessTree::exit(Task& task, const Ending& ending, Moment now) {
  Process& process = *task.process;
  if (process.live_threads > 0) --process.live_threads;
  drop_task(task.tid);
  // A snapshot may have left it out when it was about to end.
  const bool is_guessed = process.row.end == ProcessEnd::kInferred;
  if (!ending.group_dead || (!process.is_live && !is_guessed)) return;
  process.row.exit_code = uint8_t(ending.code);
  process.row.exit_signal = uint8_t(ending.signal);
  process.row.core_dumped = ending.core_dumped;
  if (ending.signal != 0)
    process.row.killed_by = process.sender_of(uint8_t(ending.signal));
  end(process, ending.signal ? ProcessEnd::kKilled : ProcessEnd::kExited, now);
}

void ProcessTree::end(Process& process, ProcessEnd how, Moment now) {
  process.is_live = false;
  process.row.end = how;
  process.row.end_ns = how == ProcessEnd::kInferred ? 0 : now.time_ns;
  process.row.end_at = now.at;
  orphan_children(process);
  // Let go of what only a live process needs.
  if (!process.directories) return;
  process.row.cwd = process.directories->cwd;
  process.row.root = process.directories->root;
  process.fds.reset();
  process.directories.reset();
}

}  // namespace vestige
