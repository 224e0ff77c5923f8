// SPDX-License-Identifier: Apache-2.0
//
// Reconstructor: what was there before the first event.
//
// A snapshot takes a while, and events go on meanwhile. So it adds to what is
// not known and never overrides what an event has told.
#include <fmt/format.h>
#include <sys/stat.h>

#include "replay/reconstructor.h"

namespace vestige {
namespace {

constexpr std::string_view kDeleted = " (deleted)";
constexpr std::string_view kMemfd = "/memfd:";

std::string join_strings(const std::vector<std::string>& strings) {
  std::string out;
  for (const std::string& text : strings) out.append(text).push_back('\0');
  return out;
}

}  // namespace

void Reconstructor::apply(const Snapshot& snapshot) {
  for (const ProcessState& state : snapshot.processes)
    introduce(state, snapshot.time_ns);
  if (!mounts_.all().empty()) return;
  for (const MountState& state : snapshot.mounts)
    mounts_.add({.mnt_namespace = state.mnt_namespace,
                 .mount_point = keep(state.mount_point),
                 .source = keep(state.source),
                 .fs_type = keep(state.fs_type),
                 .options = keep(state.options)});
}

void Reconstructor::introduce(const ProcessState& state, uint64_t time_ns) {
  Process& process =
      tree_.introduce(state.task, state.start_is_exact, {time_ns, {}});
  ProcessRow& row = process.row;
  row.is_selected = state.is_selected;
  const auto fill = [&](std::string_view& field, std::string_view text) {
    if (field.empty()) field = keep(text);
  };
  fill(row.comm, state.comm);
  fill(row.argv, join_strings(state.argv));
  std::string_view exe = state.exe;
  if (exe.ends_with(kDeleted)) exe.remove_suffix(kDeleted.size());
  fill(row.exe, exe);
  if (!row.credentials_known) {
    row.credentials = state.credentials;
    row.credentials_known = true;
  }
  if (!process.fds) return;  // ended meanwhile
  Directories& directories = *process.directories;
  if (!state.root.empty()) directories.root = keep(state.root);
  if (directories.cwd_certainty == Certainty::kUnknown &&
      state.cwd.starts_with('/')) {
    directories.cwd = keep(state.cwd);
    directories.cwd_certainty = Certainty::kObserved;
  }
  for (const ThreadState& thread : state.threads)
    if (thread.tid != row.pid) tree_.add_thread(process, thread.tid);
  const auto threads = uint32_t(state.threads.size());
  row.threads = std::max(row.threads, threads);
  process.live_threads = std::max(process.live_threads, threads);
  for (const FdState& fd : state.fds)
    if (!process.fds->find(fd.fd))
      process.fds->set(fd.fd, file_of(fd, row.id, time_ns), fd.close_on_exec);
}

OpenFileRef Reconstructor::file_of(const FdState& state, ProcessId owner,
                                   uint64_t time_ns) {
  OpenFileRef file = open_files_.create();
  file->certainty = Certainty::kObserved;
  file->flags = state.file.open_flags;
  file->offset = state.file.offset;
  file->is_offset_known = true;
  file->layer = state.file.layer;
  file->identity = {state.file.dev_major, state.file.dev_minor,
                    state.file.inode};
  if (state.socket) {
    const SocketPart& socket = *state.socket;
    file->kind = OpenFileKind::kSocket;
    file->socket = sockets_.open(socket.family, socket.type, socket.protocol,
                                 {owner, time_ns, {}});
    sockets_.observe(file->socket, socket);
    return file;
  }
  std::string_view path = state.target;
  if (path.ends_with(kDeleted)) {
    path.remove_suffix(kDeleted.size());
    file->is_deleted = true;
  }
  if (path.starts_with(kMemfd)) {
    file->kind = OpenFileKind::kMemfd;
    path.remove_prefix(1);
    file->is_deleted = false;  // it never had a name
  } else if (path.starts_with('/')) {
    file->kind = OpenFileKind::kFile;
  } else if (path.starts_with("pipe:")) {
    file->kind = OpenFileKind::kPipe;
  } else if (path.starts_with("socket:")) {
    file->kind = OpenFileKind::kSocket;
    file->socket = sockets_.open(0, 0, 0, {owner, time_ns, {}});
  } else {
    file->kind = OpenFileKind::kAnonymous;
  }
  file->path = keep(path);
  return file;
}

}  // namespace vestige
