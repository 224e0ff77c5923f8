// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/snapshot_builder.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "replay/scap/codings.h"

namespace vestige {
namespace {

std::vector<std::string> split(std::string_view strings) {
  std::vector<std::string> out;
  while (!strings.empty()) {
    const size_t end = strings.find('\0');
    out.emplace_back(strings.substr(0, end));
    strings.remove_prefix(end == std::string_view::npos ? strings.size()
                                                        : end + 1);
  }
  return out;
}

uint32_t id_of(int64_t value) {
  return value > 0 ? uint32_t(value) : 0;
}

// Captures tell one id each: the effective one.
CredentialsPart credentials_of(const ScapThread& thread) {
  CredentialsPart part{};
  part.uid = part.euid = part.suid = part.fsuid = thread.uid;
  part.gid = part.egid = part.sgid = part.fsgid = thread.gid;
  part.cap_inheritable = thread.cap_inheritable;
  part.cap_permitted = thread.cap_permitted;
  part.cap_effective = thread.cap_effective;
  return part;
}

uint16_t socket_type(uint8_t protocol) {
  switch (ScapProtocol(protocol)) {
    case ScapProtocol::kTcp: return SOCK_STREAM;
    case ScapProtocol::kUdp: return SOCK_DGRAM;
    case ScapProtocol::kIcmp:
    case ScapProtocol::kRaw: return SOCK_RAW;
  }
  return 0;
}

uint16_t socket_protocol(const ScapFd& fd) {
  switch (ScapProtocol(fd.protocol)) {
    case ScapProtocol::kTcp: return IPPROTO_TCP;
    case ScapProtocol::kUdp: return IPPROTO_UDP;
    case ScapProtocol::kIcmp:
      return fd.local.family == AF_INET6 ? uint16_t{IPPROTO_ICMPV6}
                                         : uint16_t{IPPROTO_ICMP};
    case ScapProtocol::kRaw: return IPPROTO_RAW;
  }
  return 0;
}

std::optional<SocketPart> socket_of(const ScapFd& fd) {
  switch (fd.type) {
    case ScapFdType::kIpv4:
    case ScapFdType::kIpv6:
    case ScapFdType::kIpv4Server:
    case ScapFdType::kIpv6Server:
    case ScapFdType::kUnix: {
      SocketPart part = socket_of(fd.local, fd.peer);
      part.type = socket_type(fd.protocol);
      part.protocol = socket_protocol(fd);
      part.inode = fd.inode;
      return part;
    }
    case ScapFdType::kNetlink: {
      SocketPart part{};
      part.family = AF_NETLINK;
      part.inode = fd.inode;
      return part;
    }
    case ScapFdType::kUnknown:
    case ScapFdType::kFile:
    case ScapFdType::kDirectory:
    case ScapFdType::kFifo:
    case ScapFdType::kEvent:
    case ScapFdType::kUnsupported:
    case ScapFdType::kSignal:
    case ScapFdType::kEventPoll:
    case ScapFdType::kInotify:
    case ScapFdType::kTimer:
    case ScapFdType::kFileFlags:
    case ScapFdType::kBpf:
    case ScapFdType::kUserfault:
    case ScapFdType::kIoUring:
    case ScapFdType::kMemfd:
    case ScapFdType::kPidfd: return std::nullopt;
  }
  return std::nullopt;
}

// File type bits, as far as the list tells them.
uint32_t mode_of(ScapFdType type, bool is_socket) {
  if (is_socket) return S_IFSOCK;
  if (type == ScapFdType::kDirectory) return S_IFDIR;
  if (type == ScapFdType::kFifo) return S_IFIFO;
  return 0;
}

FdState state_of(const ScapFd& fd) {
  FdState state;
  state.fd = int32_t(fd.fd);
  state.socket = socket_of(fd);
  state.target = fd.name;
  // The link of a socket is not told, but its inode is. A Unix socket may
  // have its path instead.
  if (state.socket && fd.name.empty())
    state.target = fmt::format("socket:[{}]", fd.inode);
  state.file.inode = fd.inode;
  state.file.dev_major = scap_dev_major(fd.dev);
  state.file.dev_minor = scap_dev_minor(fd.dev);
  state.file.mode = mode_of(fd.type, state.socket.has_value());
  state.file.open_flags =
      uint32_t(from_scap(ScapCoding::kOpen, fd.open_flags).value_or(0));
  state.file.nlink = 1;  // not told
  return state;
}

}  // namespace

ProcessState& SnapshotBuilder::process(uint32_t pid) {
  const auto [at, is_new] = index_.try_emplace(pid, processes_.size());
  if (is_new) {
    processes_.emplace_back().task.pid = pid;
    processes_.back().task.tid = pid;
  }
  return processes_[at->second];
}

void SnapshotBuilder::add(const std::vector<ScapThread>& threads,
                          ThreadTable& table) {
  for (const ScapThread& thread : threads) {
    KnownThread known{.pid = id_of(thread.pid),
                      .ns_tid = id_of(thread.ns_tid),
                      .ns_pid = id_of(thread.ns_pid),
                      .session = id_of(thread.session),
                      .has_ids = true,
                      .uid = thread.uid,
                      .gid = thread.gid};
    // The group is told as its namespace sees it: the same in the first one.
    if (known.ns_pid == known.pid)
      known.process_group = id_of(thread.ns_process_group);
    table.add(id_of(thread.tid), known);
  }
  for (const ScapThread& thread : threads) {
    KnownThread& known = *table.find(id_of(thread.tid));
    const KnownThread* parent = table.find(id_of(thread.parent_tid));
    known.parent_pid = parent ? parent->pid : id_of(thread.parent_tid);
    ProcessState& state = process(known.pid);
    state.threads.push_back({.tid = id_of(thread.tid),
                             .ns_tid = known.ns_tid,
                             .comm = std::string(thread.comm)});
    // A thread speaks for the process until its leader does.
    if (thread.tid != thread.pid && state.threads.size() > 1) continue;
    state.task = task_part(known.pid, known);
    state.task.ns_tid = known.ns_pid;
    state.credentials = credentials_of(thread);
    state.comm = thread.comm;
    state.exe = thread.exe_path;
    state.exe_file.inode = thread.exe_inode;
    if (thread.exe_in_upper_layer) state.exe_file.layer = Layer::kUpper;
    state.cwd = thread.cwd;
    state.root = thread.root;
    state.argv = split(thread.args);
    if (!thread.exe.empty())
      state.argv.insert(state.argv.begin(), std::string(thread.exe));
    state.env = split(thread.env);
  }
}

void SnapshotBuilder::add(const ScapFdList& list, ThreadTable& table) {
  const KnownThread* owner = table.find(uint32_t(list.tid));
  ProcessState& state = process(owner ? owner->pid : uint32_t(list.tid));
  for (const ScapFd& fd : list.fds) state.fds.push_back(state_of(fd));
}

Snapshot SnapshotBuilder::take(uint64_t time_ns) {
  Snapshot snapshot;
  snapshot.time_ns = snapshot.end_ns = time_ns;
  snapshot.processes = std::move(processes_);
  processes_.clear();
  index_.clear();
  return snapshot;
}

}  // namespace vestige
