// SPDX-License-Identifier: Apache-2.0
#include "capture/kernel_processes.h"

#include <fcntl.h>

#include <algorithm>
#include <map>

#include "bpf/capture_plan.h"
#include "capture/decode_record.h"
#include "format/parts.h"

namespace vestige {
namespace {

struct Found {
  ProcessState state;
  bool is_told = false;  // its first thread was
  bool is_live = false;  // a thread of it is not exiting
  uint64_t beyond = 0;   // threads and descriptors left out
};
using FoundByPid = std::map<uint32_t, Found>;

std::string text_of(const Event& event, uint8_t arg, PartKind kind) {
  const Part* part = event.part(arg, kind);
  return part ? std::string(part->data) : std::string();
}

template <typename T>
T struct_of(const Event& event, uint8_t arg, PartKind kind) {
  const Part* part = event.part(arg, kind);
  return part ? read_part<T>(*part) : T{};
}

void add_process(const Event& event, const TaskPart& task, Found& found) {
  ProcessState& state = found.state;
  found.is_told = true;
  state.task = task;
  state.start_is_exact = true;
  state.cgroup_id = event.cgroup_id;
  state.credentials =
      struct_of<CredentialsPart>(event, kTaskArg, PartKind::kCredentials);
  state.comm = text_of(event, kTaskArg, PartKind::kComm);
  state.exe = text_of(event, kTaskArg, PartKind::kPath);
  state.exe_file = struct_of<FilePart>(event, kTaskArg, PartKind::kFile);
  state.cwd = text_of(event, kTaskArg, PartKind::kCwd);
  state.root = text_of(event, kReturnArg, PartKind::kPath);
}

void add_task(const Event& event, const ProcessLimits& limits,
              FoundByPid& all) {
  const auto task = struct_of<TaskPart>(event, kTaskArg, PartKind::kTask);
  Found& found = all[task.pid];
  found.is_live |= event.args[0] == 0;
  if (task.pid == task.tid) add_process(event, task, found);
  if (found.state.threads.size() >= limits.threads) {
    ++found.beyond;
    return;
  }
  found.state.threads.push_back(
      {.tid = task.tid,
       .ns_tid = task.ns_tid,
       .start_ns = task.start_ns,
       .comm = text_of(event, kTaskArg, PartKind::kComm)});
}

void add_file(const Event& event, const ProcessLimits& limits,
              FoundByPid& all) {
  const auto found = all.find(event.pid);
  if (found == all.end()) return;  // it came since: its fork is an event
  std::vector<FdState>& fds = found->second.state.fds;
  if (fds.size() >= limits.fds) {
    ++found->second.beyond;
    return;
  }
  FdState& fd = fds.emplace_back();
  fd.fd = int32_t(event.args[0]);
  fd.close_on_exec = event.args[1] != 0;
  fd.target = text_of(event, 0, PartKind::kPath);
  fd.file = struct_of<FilePart>(event, 0, PartKind::kFile);
  // As /proc has it: the flag is the descriptor's, not the file's.
  fd.file.open_flags &= ~uint32_t(O_CLOEXEC);
  if (fd.close_on_exec) fd.file.open_flags |= O_CLOEXEC;
  if (event.part(0, PartKind::kSocket))
    fd.socket = struct_of<SocketPart>(event, 0, PartKind::kSocket);
}

// Several threads of a group whose first has ended tell the same files.
void put_in_order(ProcessState& state) {
  std::ranges::sort(state.threads, {}, &ThreadState::tid);
  std::ranges::stable_sort(state.fds, {}, &FdState::fd);
  // Not std::ranges: clang 14 rejects the subrange of libstdc++ 12.
  const auto is_same = [](const FdState& one, const FdState& other) {
    return one.fd == other.fd;
  };
  std::vector<FdState>& fds = state.fds;
  fds.erase(std::unique(fds.begin(), fds.end(), is_same), fds.end());
}

}  // namespace

Result<KernelProcesses> KernelProcesses::open(const ProcessLimits& limits) {
  return KernelProcesses(TRY(TaskIterators::open()), limits);
}

Result<void> KernelProcesses::read(const Cgroup& cgroup, const Sink& sink,
                                   const std::function<void()>& breathe,
                                   ProcessMisses& misses) {
  FoundByPid all;
  std::array<Part, kMaxParts> parts;
  const auto take = [&](std::span<const std::byte> bytes) {
    const auto record = decode_record(bytes, parts);
    if (!record) return;
    if (record->event.type.number == KERNEL_TASK_STATE)
      add_task(record->event, limits_, all);
    else
      add_file(record->event, limits_, all);
  };
  TRY(iterators_.read(cgroup.id(), take, breathe));
  for (auto& [pid, found] : all) {
    // Its exit may be on record already, and it must not come to life again.
    if (!found.is_live) continue;
    if (!found.is_told) {
      ++misses.races;
      continue;
    }
    misses.beyond += found.beyond;
    put_in_order(found.state);
    sink(std::move(found.state));
  }
  return {};
}

}  // namespace vestige
