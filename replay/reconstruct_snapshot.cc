// SPDX-License-Identifier: Apache-2.0
//
// Reconstructor: what a snapshot tells, at the beginning or in mid-stream.
//
// A snapshot takes a while, and events go on meanwhile. So what an event has
// told since it was begun stays; everything else the snapshot confirms,
// completes, or corrects: then events were lost.
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

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

// The name in a link of /proc, and whether it is gone.
std::pair<std::string_view, bool> without_deleted(std::string_view path) {
  if (!path.ends_with(kDeleted)) return {path, false};
  path.remove_suffix(kDeleted.size());
  return {path, true};
}

OpenFileKind kind_of(const FdState& state) {
  const std::string_view target = state.target;
  if (state.socket || target.starts_with("socket:"))
    return OpenFileKind::kSocket;
  if (target.starts_with(kMemfd)) return OpenFileKind::kMemfd;
  if (target.starts_with('/')) return OpenFileKind::kFile;
  if (target.starts_with("pipe:")) return OpenFileKind::kPipe;
  return OpenFileKind::kAnonymous;
}

}  // namespace

// One snapshot on its way into the state.
class Reconstructor::Reconciliation {
 public:
  Reconciliation(Reconstructor& all, const Snapshot& snapshot, Position at)
      : all_(all),
        snapshot_(snapshot),
        since_ns_(std::max<uint64_t>(1, snapshot.time_ns)),
        at_(at) {}

  void run();

 private:
  // What several descriptors of a snapshot have in common when they stand for
  // one open file: kind, inode, open flags, offset.
  using Shared = std::tuple<OpenFileKind, uint64_t, uint32_t, uint64_t>;

  void remember_open_files();
  void count_alike();
  void introduce(const ProcessState& state);
  void tell_program(const ProcessState& state, Process& process);
  void tell_directories(const ProcessState& state, Directories& directories);
  void tell_descriptors(const ProcessState& state, Process& process);
  void confirm(const FdState& state, FdTable::Entry& entry);
  void tell_mounts();
  void end_the_missing();
  void tell_listeners();

  [[nodiscard]] bool is_same(const FdState& state, const OpenFile& file) const;
  // The open file that a descriptor stands for: one that is known, or the
  // unknown one it stood for, or a new one.
  OpenFileRef file_of(const FdState& state, ProcessId owner, OpenFile* unknown);
  void identify(OpenFile& file, const FdState& state, ProcessId owner);
  [[nodiscard]] uint64_t inode_of(const OpenFile& file) const;
  // Nothing when descriptors that look alike need not be one open file.
  static std::optional<Shared> shared_key(const FdState& state);

  Reconstructor& all_;
  const Snapshot& snapshot_;
  const uint64_t since_ns_;  // not 0: that is never
  const Position at_;
  std::map<Shared, OpenFile*> open_;
  // Descriptors that may stand for one open file: by inode and flags.
  struct Alike {
    int all = 0;
    int at_beginning = 0;
  };
  std::map<std::pair<uint64_t, uint32_t>, Alike> alike_;
  std::set<const Process*> told_;
};

void Reconstructor::apply(const Snapshot& snapshot, Position at) {
  Reconciliation(*this, snapshot, at).run();
}

void Reconstructor::Reconciliation::run() {
  all_.settled_ns_ = snapshot_.end_ns;
  remember_open_files();
  count_alike();
  for (const ProcessState& state : snapshot_.processes) introduce(state);
  tell_listeners();
  tell_mounts();
  end_the_missing();
}

uint64_t Reconstructor::Reconciliation::inode_of(const OpenFile& file) const {
  if (file.socket == 0) return file.identity.inode;
  return all_.sockets_.row(all_.sockets_.get(file.socket).own).inode;
}

// Sockets and the ends of a pipe are one open file wherever they turn up.
// Files are so when they stand at the same place within: not at its beginning.
std::optional<Reconstructor::Reconciliation::Shared>
Reconstructor::Reconciliation::shared_key(const FdState& state) {
  const OpenFileKind kind = kind_of(state);
  const uint64_t inode = state.socket && state.socket->inode
                             ? state.socket->inode
                             : state.file.inode;
  if (inode == 0 || kind == OpenFileKind::kAnonymous) return std::nullopt;
  if (kind == OpenFileKind::kSocket) return Shared{kind, inode, 0, 0};
  const uint32_t flags = state.file.open_flags & ~uint32_t(O_CLOEXEC);
  if (kind == OpenFileKind::kPipe)
    return Shared{kind, inode, flags & O_ACCMODE, 0};
  if (state.file.offset == 0) return std::nullopt;
  return Shared{kind, inode, flags, state.file.offset};
}

void Reconstructor::Reconciliation::remember_open_files() {
  all_.open_files_.for_each([&](OpenFile& file) {
    const uint64_t inode = inode_of(file);
    if (inode == 0) return;
    if (file.kind == OpenFileKind::kSocket)
      open_[{file.kind, inode, 0, 0}] = &file;
    else if (file.kind == OpenFileKind::kPipe)
      open_[{file.kind, inode, file.flags & O_ACCMODE, 0}] = &file;
  });
}

void Reconstructor::Reconciliation::count_alike() {
  for (const ProcessState& state : snapshot_.processes)
    for (const FdState& fd : state.fds) {
      if (kind_of(fd) != OpenFileKind::kFile) continue;
      Alike& alike = alike_[{fd.file.inode, fd.file.open_flags}];
      ++alike.all;
      if (fd.file.offset == 0) ++alike.at_beginning;
    }
}

void Reconstructor::Reconciliation::introduce(const ProcessState& state) {
  Process& process =
      all_.tree_.introduce(state.task, state.start_is_exact, {since_ns_, at_});
  told_.insert(&process);
  process.row.is_selected = state.is_selected;
  if (state.cgroup_id != 0) process.cgroup_id = state.cgroup_id;
  tell_program(state, process);
  if (process.changed.credentials_ns < since_ns_) {
    // /proc does not tell them.
    const uint32_t securebits = process.row.credentials.securebits;
    process.row.credentials = state.credentials;
    process.row.credentials.securebits = securebits;
    process.row.credentials_known = true;
  }
  if (!process.fds) return;  // ended meanwhile
  tell_directories(state, *process.directories);
  for (const ThreadState& thread : state.threads)
    if (thread.tid != process.row.pid)
      all_.tree_.add_thread(process, thread.tid);
  const auto threads = uint32_t(state.threads.size());
  process.row.threads = std::max(process.row.threads, threads);
  process.live_threads = std::max(process.live_threads, threads);
  tell_descriptors(state, process);
}

void Reconstructor::Reconciliation::tell_program(const ProcessState& state,
                                                 Process& process) {
  ProcessRow& row = process.row;
  const auto fill = [&](std::string_view& field, std::string_view text) {
    if (field.empty()) field = all_.keep(text);
  };
  if (process.changed.comm_ns < since_ns_ && !state.comm.empty())
    row.comm = all_.keep(state.comm);
  const auto [exe, is_deleted] = without_deleted(state.exe);
  const bool is_other = process.changed.program_ns != 0 &&
                        process.changed.program_ns < since_ns_ &&
                        !row.exe.empty() && !exe.empty() && row.exe != exe;
  if (is_other && process.is_live) {
    // An exec that nobody told of. When, is not known.
    ExecRow exec{.process = row.id, .certainty = Certainty::kInferred};
    exec.tid = row.pid;
    exec.exe = row.exe = all_.keep(exe);
    exec.argv = row.argv = all_.keep(join_strings(state.argv));
    exec.comm = row.comm;
    exec.is_deleted = is_deleted;
    exec.dev_major = state.exe_file.dev_major;
    exec.dev_minor = state.exe_file.dev_minor;
    exec.inode = state.exe_file.inode;
    exec.uid = state.credentials.uid;
    exec.euid = state.credentials.euid;
    exec.time_ns = since_ns_;
    exec.at = at_;
    all_.execs_.push_back(exec);
    ++all_.gaps_.corrections;
  }
  fill(row.argv, join_strings(state.argv));
  fill(row.exe, exe);
}

void Reconstructor::Reconciliation::tell_directories(const ProcessState& state,
                                                     Directories& directories) {
  if (directories.changed_ns >= since_ns_) return;
  if (!state.root.empty()) directories.root = all_.keep(state.root);
  if (!state.cwd.starts_with('/')) return;
  directories.cwd = all_.keep(without_deleted(state.cwd).first);
  directories.cwd_certainty = Certainty::kObserved;
}

bool Reconstructor::Reconciliation::is_same(const FdState& state,
                                            const OpenFile& file) const {
  if (file.kind != kind_of(state)) return false;
  const uint64_t inode = state.socket && state.socket->inode
                             ? state.socket->inode
                             : state.file.inode;
  const uint64_t known = inode_of(file);
  // Overlays give files numbers of their own in some places: an equal name
  // says as much.
  if (file.kind == OpenFileKind::kFile &&
      file.path == without_deleted(state.target).first)
    return true;
  return known == 0 || inode == 0 || known == inode;
}

void Reconstructor::Reconciliation::tell_descriptors(const ProcessState& state,
                                                     Process& process) {
  FdTable& fds = *process.fds;
  std::set<int> told;
  for (const FdState& fd : state.fds) {
    told.insert(fd.fd);
    FdTable::Entry* entry = fds.find(fd.fd);
    const bool is_told = fds.changed_ns(fd.fd) >= since_ns_;
    // A number that came to mean something nobody knows is better guessed at.
    const bool is_unknown =
        entry && entry->file->kind == OpenFileKind::kUnknown;
    if (is_told && !is_unknown) continue;
    if (entry && is_same(fd, *entry->file)) {
      confirm(fd, *entry);
      continue;
    }
    if (entry && entry->file->kind != OpenFileKind::kUnknown)
      ++all_.gaps_.corrections;
    OpenFile* unknown = is_unknown && !is_told ? entry->file.get() : nullptr;
    const OpenFileRef before = entry ? entry->file : OpenFileRef();
    OpenFileRef file = file_of(fd, process.row.id, unknown);
    if (file->socket != 0)
      all_.owners_.begin({.connection = all_.sockets_.get(file->socket).own,
                          .process = process.row.id,
                          .how = OwnHow::kFound,
                          .time_ns = since_ns_,
                          .at = at_});
    fds.set(fd.fd, std::move(file), fd.close_on_exec, since_ns_);
    all_.disown(process, process.fds, before, {since_ns_, at_});
    if (is_told) fds.find(fd.fd)->file->certainty = Certainty::kInferred;
  }
  // No descriptor at all: they could not be read, as those of an ancestor.
  if (state.fds.empty()) return;
  std::vector<int> gone;
  fds.for_each([&](int fd, const FdTable::Entry& entry) {
    if (entry.changed_ns < since_ns_ && !told.contains(fd)) gone.push_back(fd);
  });
  for (const int fd : gone) {
    const OpenFileRef before = fds.find(fd)->file;
    fds.close(fd, since_ns_);
    all_.disown(process, process.fds, before, {since_ns_, at_});
  }
  all_.gaps_.corrections += gone.size();
}

void Reconstructor::Reconciliation::confirm(const FdState& state,
                                            FdTable::Entry& entry) {
  OpenFile& file = *entry.file;
  entry.close_on_exec = state.close_on_exec;
  if (state.socket) all_.sockets_.observe(file.socket, *state.socket);
  if (file.kind == OpenFileKind::kSocket) return;
  if (!file.is_offset_known) {
    file.offset = state.file.offset;
    file.is_offset_known = true;
  }
  if (file.kind != OpenFileKind::kFile || file.named_ns >= since_ns_) return;
  const auto [path, is_deleted] = without_deleted(state.target);
  file.is_deleted = is_deleted;
  file.certainty = Certainty::kObserved;
  if (file.path == path) return;
  file.path = all_.keep(path);
  file.requested = {};
  file.read = file.written = {};
}

OpenFileRef Reconstructor::Reconciliation::file_of(const FdState& state,
                                                   ProcessId owner,
                                                   OpenFile* unknown) {
  const auto key = shared_key(state);
  if (key)
    if (const auto found = open_.find(*key); found != open_.end()) {
      if (state.socket)
        all_.sockets_.observe(found->second->socket, *state.socket);
      return OpenFiles::share(*found->second);
    }
  // Nobody knew what it is: now all that share it do.
  OpenFileRef file =
      unknown ? OpenFiles::share(*unknown) : all_.open_files_.create();
  identify(*file, state, owner);
  if (key) open_[*key] = file.get();
  return file;
}

void Reconstructor::Reconciliation::identify(OpenFile& file,
                                             const FdState& state,
                                             ProcessId owner) {
  file.kind = kind_of(state);
  file.read = file.written = {};  // rows of what it was taken for
  file.certainty = Certainty::kObserved;
  file.flags = state.file.open_flags & ~uint32_t(O_CLOEXEC);
  file.offset = state.file.offset;
  file.is_offset_known = true;
  const Alike& alike = alike_[{state.file.inode, state.file.open_flags}];
  file.has_twins = alike.all > 1;
  // Two that stand at the beginning may be one for ever: then both move.
  file.settled_ns = state.file.offset == 0 && alike.at_beginning > 1
                        ? UINT64_MAX
                        : snapshot_.end_ns;
  file.layer = state.file.layer;
  file.identity = {state.file.dev_major, state.file.dev_minor,
                   state.file.inode};
  if (file.kind == OpenFileKind::kSocket) {
    const SocketPart socket = state.socket.value_or(SocketPart{});
    file.socket = all_.sockets_.open(socket.family, socket.type,
                                     socket.protocol, {owner, since_ns_, at_});
    all_.sockets_.observe(file.socket, socket);
    ConnectionRow& row = all_.sockets_.row(all_.sockets_.get(file.socket).own);
    row.is_from_snapshot = true;
    if (row.inode == 0) row.inode = state.file.inode;
    if (state.socket) return;
  }
  auto [path, is_deleted] = without_deleted(state.target);
  file.is_deleted = is_deleted;
  if (file.kind == OpenFileKind::kMemfd) {
    path.remove_prefix(1);
    file.is_deleted = false;  // it never had a name
  }
  file.path = all_.keep(path);
}

// A connection of a port on which somebody listens came in.
void Reconstructor::Reconciliation::tell_listeners() {
  std::set<std::pair<uint32_t, uint16_t>> listening;
  const auto is_inet = [](const SocketPart& socket) {
    return socket.type == SOCK_STREAM &&
           (socket.family == AF_INET || socket.family == AF_INET6);
  };
  for (const ProcessState& state : snapshot_.processes)
    for (const FdState& fd : state.fds)
      if (fd.socket && is_inet(*fd.socket) && fd.socket->state == TCP_LISTEN)
        listening.emplace(fd.socket->net_namespace, fd.socket->local_port);
  all_.open_files_.for_each([&](const OpenFile& file) {
    if (file.socket == 0) return;
    ConnectionRow& row = all_.sockets_.row(all_.sockets_.get(file.socket).own);
    if (row.is_from_snapshot && row.direction == Direction::kUnknown &&
        row.remote && row.type == SOCK_STREAM &&
        listening.contains({row.net_namespace, row.local.port}))
      row.direction = Direction::kIncoming;
  });
}

void Reconstructor::Reconciliation::tell_mounts() {
  std::map<uint32_t, bool> is_told;  // by namespace
  for (const MountState& state : snapshot_.mounts) {
    const auto [told, is_new] = is_told.try_emplace(state.mnt_namespace, false);
    if (is_new)
      told->second = all_.mounts_.forget(state.mnt_namespace, since_ns_);
    if (told->second)
      all_.mounts_.add({.mnt_namespace = state.mnt_namespace,
                        .mount_point = all_.keep(state.mount_point),
                        .root = all_.keep(state.root),
                        .source = all_.keep(state.source),
                        .fs_type = all_.keep(state.fs_type),
                        .options = all_.keep(state.options)},
                       since_ns_);
  }
}

// Whoever the snapshot should tell of and does not has ended before it.
void Reconstructor::Reconciliation::end_the_missing() {
  std::set<uint64_t> cgroups;
  for (const ProcessState& state : snapshot_.processes)
    if (state.is_selected && state.cgroup_id != 0)
      cgroups.insert(state.cgroup_id);
  std::vector<Process*> gone;
  all_.tree_.for_each_live([&](Process& process) {
    if (process.row.is_selected && !told_.contains(&process) &&
        process.changed.anything_ns < since_ns_ &&
        cgroups.contains(process.cgroup_id))
      gone.push_back(&process);
  });
  for (Process* process : gone)
    all_.tree_.presume_ended(*process, {since_ns_, at_});
  all_.gaps_.corrections += gone.size();
}

}  // namespace vestige
