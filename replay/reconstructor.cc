// SPDX-License-Identifier: Apache-2.0
#include "replay/reconstructor.h"

#include <algorithm>
#include <utility>

#include "replay/facts/net_join.h"

namespace vestige {

Reconstructor::Reconstructor(TextPool& texts)
    : texts_(texts), messages_(texts), paths_(texts) {
  open_files_.on_release([this](const OpenFile& file) {
    if (file.socket != 0) sockets_.close(file.socket, time_ns_);
    if (!epolls_.empty()) epolls_.erase(&file);
  });
}

void Reconstructor::apply(const Event& event, Position at) {
  Task& task = tree_.task(event, at);
  current_ = task.process;
  find_whereabouts(event, at);
  time_ns_ = event.time_ns;
  if (!event.descriptor) {
    ++gaps_.unknown_types;
    return;
  }
  // What such a call did, if anything, is not known.
  if (event.flags & kInFlight) return;
  dispatch({event, at, Call(event), task, *task.process});
}

// Who moves others into the container is told of, wherever it is: a runtime.
// Inside is who does anything else, too.
void Reconstructor::find_whereabouts(const Event& event, Position at) {
  Process& process = *current_;
  const bool is_move = event.type.abi == Abi::kKernel && event.descriptor &&
                       event.descriptor->name == "cgroup_move";
  if (is_move && process.row.origin == ProcessOrigin::kInferred &&
      process.row.at == at) {
    process.row.is_selected = false;
    process.has_only_moved = true;
  } else if (process.has_only_moved && !is_move) {
    process.row.is_selected = true;
    process.has_only_moved = false;
  }
}

void Reconstructor::dispatch(const Now& now) {
  switch (now.event.descriptor->effect) {
    case Effect::kNone: return on_other(now);
    case Effect::kOpen: return on_open(now);
    case Effect::kClose: return on_close(now);
    case Effect::kRead: return on_read(now);
    case Effect::kWrite: return on_write(now);
    case Effect::kDup: return on_dup(now);
    case Effect::kFcntl: return on_fcntl(now);
    case Effect::kPipe: return on_pipe(now);
    case Effect::kSocket: return on_socket(now);
    case Effect::kSocketPair: return on_socket_pair(now);
    case Effect::kConnect: return on_connect(now);
    case Effect::kBind: return on_bind(now);
    case Effect::kListen: return on_listen(now);
    case Effect::kAccept: return on_accept(now);
    case Effect::kSend: return on_send(now);
    case Effect::kReceive: return on_receive(now);
    case Effect::kShutdown: return on_shutdown(now);
    case Effect::kNewFd: return on_new_fd(now);
    case Effect::kRename: return on_rename(now);
    case Effect::kLink: return on_link(now);
    case Effect::kSymlink: return on_symlink(now);
    case Effect::kUnlink: return on_unlink(now, FileOp::kDelete);
    case Effect::kMkdir: return on_make(now, FileOp::kMkdir);
    case Effect::kRmdir: return on_unlink(now, FileOp::kRmdir);
    case Effect::kMknod: return on_make(now, FileOp::kMknod);
    case Effect::kChmod: return on_change(now, FileOp::kChmod);
    case Effect::kChown: return on_change(now, FileOp::kChown);
    case Effect::kTruncate: return on_truncate(now);
    case Effect::kUtimes: return on_change(now, FileOp::kUtimes);
    case Effect::kSetXattr: return on_change(now, FileOp::kXattr);
    case Effect::kLookup: return on_lookup(now);
    case Effect::kChdir: return on_chdir(now);
    case Effect::kChroot: return on_chroot(now);
    case Effect::kMount: return on_mount(now);
    case Effect::kUmount: return on_umount(now);
    case Effect::kMap: return on_map(now);
    case Effect::kCopy: return on_copy(now);
    case Effect::kFork: return;  // task_fork has told
    case Effect::kExec: return on_exec(now);
    case Effect::kExit: return;  // task_exit will tell
    case Effect::kSignal: return on_signal(now);
    case Effect::kSetCredentials: return on_set_credentials(now);
    case Effect::kNamespace: return on_namespace(now);
    case Effect::kSession: return on_session(now);
    case Effect::kPrctl: return on_prctl(now);
    case Effect::kPtrace: return on_ptrace(now);
    case Effect::kCloseRange: return on_close_range(now);
    case Effect::kSeek: return on_seek(now);
    case Effect::kAllocate: return on_change(now, FileOp::kAllocate);
    case Effect::kPidfdGetfd: return on_pidfd_getfd(now);
    case Effect::kWait: return;
    case Effect::kUnshareFiles: return on_namespace(now);
    case Effect::kModule: return on_act(now, ActionOp::kModule);
    case Effect::kProtect: return;
    case Effect::kIoctl: return;
    case Effect::kSystem: return on_act(now, ActionOp::kSystem);
    case Effect::kKeys: return on_act(now, ActionOp::kKeys);
    case Effect::kSandbox: return on_act(now, ActionOp::kSandbox);
    case Effect::kListDirectory: return on_list(now);
    case Effect::kInodeAttributes:
      return on_change(now, FileOp::kInodeAttributes);
    case Effect::kTaskFork: return on_task_fork(now);
    case Effect::kTaskExec: return on_task_exec(now);
    case Effect::kTaskExit: return on_task_exit(now);
    case Effect::kSignalSent: return on_signal_sent(now);
  }
  // A number this build does not know: from a newer agent.
  ++gaps_.unknown_types;
}

FileRow Reconstructor::row_of(const Now& now, FileOp op,
                              const Target& target) const {
  FileRow row{.process = now.process.row.id, .op = op};
  row.path = target.path;
  row.requested = target.requested;
  row.path_certainty = target.certainty;
  row.is_deleted = target.is_deleted;
  row.layer = target.layer;
  row.dev_major = target.identity.dev_major;
  row.dev_minor = target.identity.dev_minor;
  row.inode = target.identity.inode;
  row.generation = target.identity.generation;
  row.error = now.call.error();
  return row;
}

FileRow& Reconstructor::add(const Now& now, const FileRow& wanted) {
  FileRow& row = tables_.file_at(tables_.file(wanted));
  row.seen.add(now.event.time_ns, now.at);
  if (file_watcher_)
    file_watcher_->on_file(wanted, {now.event.time_ns, now.at, 0});
  if (row.inode == 0) {
    row.dev_major = wanted.dev_major;
    row.dev_minor = wanted.dev_minor;
    row.inode = wanted.inode;
    row.generation = wanted.generation;
  }
  return row;
}

// The common case of the hot path: the same process again, same file.
void Reconstructor::add_bytes(const Now& now, OpenFile& file, FileOp op,
                              uint64_t bytes, OpenFile::RowHint& hint) {
  const ProcessId process = now.process.row.id;
  if (file_watcher_)
    file_watcher_->on_file(row_of(now, op, target_of(file)),
                           {now.event.time_ns, now.at, bytes});
  if (hint.process != process || hint.row == 0 || now.call.failed()) {
    const uint32_t index = tables_.file(row_of(now, op, target_of(file)));
    if (!now.call.failed()) hint = {process, index + 1};
    FileRow& row = tables_.file_at(index);
    row.bytes += bytes;
    row.seen.add(now.event.time_ns, now.at);
    return;
  }
  FileRow& row = tables_.file_at(hint.row - 1);
  row.bytes += bytes;
  row.seen.add(now.event.time_ns, now.at);
}

ActionRow Reconstructor::action_of(const Now& now, ActionOp op) {
  ActionRow row{.process = now.process.row.id, .op = op};
  row.error = now.call.error();
  row.call = keep(now.call.name());
  return row;
}

void Reconstructor::add(const Now& now, const ActionRow& wanted) {
  tables_.action_at(tables_.action(wanted)).seen.add(now.event.time_ns, now.at);
}

// Whoever is in the container and has a parent that is not came in from
// outside: as its first process, or later by the hand of a runtime.
void Reconstructor::find_entries(std::vector<ProcessRow>& processes) {
  constexpr uint32_t kInitialPidNamespace = 0xEFFFFFFC;
  bool has_first = false;
  for (ProcessRow& row : processes) {
    const size_t parent = size_t(row.parent);
    // Runtimes put a helper in first: who made it, nobody inside could see.
    const bool is_helper = parent == 0 &&
                           row.origin == ProcessOrigin::kInferred &&
                           row.comm.starts_with("runc:[");
    const bool is_from_outside = parent != 0 && parent <= processes.size() &&
                                 !processes[parent - 1].is_selected;
    if (!row.is_selected || (!is_helper && !is_from_outside)) continue;
    // In the namespace of the host nobody has number 1: the first is it.
    const bool is_first = row.pid_namespace == kInitialPidNamespace
                              ? !std::exchange(has_first, true)
                              : row.ns_pid == 1;
    row.entry = is_first ? ProcessEntry::kInit : ProcessEntry::kSession;
  }
}

Facts Reconstructor::complete(Facts facts) const {
  std::ranges::stable_sort(facts.execs, {}, &ExecRow::process);
  for (const Process& process : tree_.all()) {
    ProcessRow& row = facts.processes.emplace_back(process.row);
    if (process.directories) {
      row.cwd = process.directories->cwd;
      row.root = process.directories->root;
    }
    // Not equal_range: clang 14 rejects the subrange of libstdc++ 12.
    const auto first =
        std::ranges::lower_bound(facts.execs, row.id, {}, &ExecRow::process);
    const auto last =
        std::ranges::upper_bound(facts.execs, row.id, {}, &ExecRow::process);
    row.first_exec = uint32_t(first - facts.execs.begin());
    row.exec_count = uint32_t(last - first);
  }
  for (ConnectionRow& row : facts.connections)
    if (row.remote && row.direction != Direction::kOutgoing)
      row.remote_name =
          messages_.name_of(row.remote, row.end_ns ? row.end_ns : UINT64_MAX);
  join_peers(facts.connections);
  std::ranges::stable_sort(facts.credentials, {}, &CredentialsRow::process);
  find_entries(facts.processes);
  facts.mounts = mounts_.all();
  facts.gaps = gaps_;
  facts.gaps.inferred_processes = tree_.inferred();
  return facts;
}

Facts Reconstructor::finish() {
  open_files_.on_release({});  // what closes from now on is no fact
  std::vector<OwnerRow> owners = owners_.rows(sockets_.rows());
  return complete({.execs = std::move(execs_),
                   .files = std::move(tables_.files()),
                   .net = std::move(tables_.net()),
                   .connections = sockets_.take_rows(),
                   .owners = std::move(owners),
                   .credentials = std::move(credentials_),
                   .messages = std::move(messages_.rows()),
                   .actions = std::move(tables_.actions()),
                   .losses = std::move(losses_)});
}

Facts Reconstructor::so_far() const {
  return complete({.execs = execs_,
                   .files = tables_.files(),
                   .net = tables_.net(),
                   .connections = sockets_.rows(),
                   .owners = owners_.rows(sockets_.rows()),
                   .credentials = credentials_,
                   .messages = messages_.rows(),
                   .actions = tables_.actions(),
                   .losses = losses_});
}

}  // namespace vestige
