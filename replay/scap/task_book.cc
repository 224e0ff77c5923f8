// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/task_book.h"

namespace vestige {
namespace {

std::string joined(const std::vector<std::string>& strings) {
  std::string out;
  for (const std::string& text : strings) out.append(text).push_back('\0');
  return out;
}

}  // namespace

void set_argv(std::string_view strings, TaskFacts& facts) {
  const size_t end = strings.find('\0');
  facts.exe = strings.substr(0, end);
  facts.args = end == std::string_view::npos ? "" : strings.substr(end + 1);
}

void TaskBook::apply(const Snapshot& snapshot) {
  for (const ProcessState& process : snapshot.processes) {
    TaskFacts facts{.ids = process.task,
                    .uid = process.credentials.euid,
                    .gid = process.credentials.egid,
                    .cap_inheritable = process.credentials.cap_inheritable,
                    .cap_permitted = process.credentials.cap_permitted,
                    .cap_effective = process.credentials.cap_effective,
                    .comm = process.comm,
                    .env = joined(process.env),
                    .cwd = process.cwd,
                    .exe_path = process.exe,
                    .exe_inode = process.exe_file.inode,
                    .exe_layer = process.exe_file.layer};
    set_argv(joined(process.argv), facts);
    tasks_[process.task.pid] = facts;
    for (const ThreadState& thread : process.threads) {
      if (thread.tid == process.task.pid) continue;
      TaskFacts& own = tasks_[thread.tid] = facts;
      own.ids.tid = thread.tid;
      own.ids.ns_tid = thread.ns_tid;
      own.comm = thread.comm;
    }
  }
}

void TaskBook::apply(const Event& event) {
  switch (event.descriptor->effect) {
    case Effect::kTaskFork: return on_fork(event);
    case Effect::kTaskExec: return on_exec(event);
    case Effect::kTaskExit: tasks_.erase(event.tid); return;
    default: return;
  }
}

void TaskBook::on_fork(const Event& event) {
  const Part* part = event.part(kReturnArg, PartKind::kTask);
  if (!part) return;
  const auto child = read_part<TaskPart>(*part);
  TaskFacts facts = find(event.pid, event.tid);
  facts.ids = child;
  if (child.parent_pid == 0) facts.ids.parent_pid = event.pid;
  if (const Part* ids = event.part(kReturnArg, PartKind::kCredentials)) {
    const auto credentials = read_part<CredentialsPart>(*ids);
    facts.uid = credentials.euid;
    facts.gid = credentials.egid;
  }
  tasks_[child.tid] = std::move(facts);
}

void TaskBook::on_exec(const Event& event) {
  const auto data = [&](PartKind kind) {
    const Part* part = event.part(kTaskArg, kind);
    return part ? part->data : std::string_view{};
  };
  TaskFacts facts = find(event.pid, event.tid);
  if (const Part* task = event.part(kTaskArg, PartKind::kTask))
    facts.ids = read_part<TaskPart>(*task);
  if (const Part* part = event.part(kTaskArg, PartKind::kCredentials)) {
    const auto credentials = read_part<CredentialsPart>(*part);
    facts.uid = credentials.euid;
    facts.gid = credentials.egid;
    facts.cap_inheritable = credentials.cap_inheritable;
    facts.cap_permitted = credentials.cap_permitted;
    facts.cap_effective = credentials.cap_effective;
  }
  if (const Part* part = event.part(kTaskArg, PartKind::kFile)) {
    const auto file = read_part<FilePart>(*part);
    facts.exe_inode = file.inode;
    facts.exe_layer = file.layer;
  }
  set_argv(data(PartKind::kArgv), facts);
  facts.env = data(PartKind::kEnv);
  facts.comm = data(PartKind::kComm);
  facts.exe_path = data(PartKind::kPath);
  if (const std::string_view cwd = data(PartKind::kCwd); !cwd.empty())
    facts.cwd = cwd;
  tasks_[event.tid] = std::move(facts);
}

const TaskFacts& TaskBook::find(uint32_t pid, uint32_t tid) {
  const auto [at, is_new] = tasks_.try_emplace(tid);
  TaskFacts& facts = at->second;
  if (!is_new) return facts;
  if (const auto leader = tasks_.find(pid);
      leader != tasks_.end() && pid != tid)
    tasks_[tid] = leader->second;
  TaskFacts& made = tasks_[tid];
  made.ids.pid = pid;
  made.ids.tid = tid;
  return made;
}

}  // namespace vestige
