// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/scap_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "replay/scap/codings.h"
#include "replay/scap/encode_address.h"
#include "replay/scap/process_blocks.h"

namespace vestige {
namespace {

constexpr uint32_t kByteOrder = 0x1a2b3c4d;
constexpr uint64_t kUnknownLength = ~uint64_t{0};
constexpr size_t kHostName_bytes = 128;
// Lengths of strings are 16-bit numbers; readers take this much at most.
constexpr size_t kMaxPath_bytes = 1023;
constexpr size_t kMaxStrings_bytes = 4095;
constexpr uint64_t kEventHeader_bytes = 26;
// As in the flags of clone: the thread is one, and shares its descriptors.
constexpr uint32_t kThreadFlags = 1 << 13 | 1 << 0;

template <typename T>
std::string le(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string counted(std::string_view text, size_t limit = kMaxPath_bytes) {
  text = text.substr(0, limit);
  return le(uint16_t(text.size())).append(text);
}

std::string block_of(BlockType type, std::string body) {
  body.resize((body.size() + 3) / 4 * 4);
  const auto length = uint32_t(body.size() + 3 * sizeof(uint32_t));
  return le(uint32_t(type)) + le(length) + body + le(length);
}

// An entry of a list begins with its length, the length's own included.
std::string sized(const std::string& entry) {
  return le(uint32_t(entry.size() + sizeof(uint32_t))) + entry;
}

std::string joined(const std::vector<std::string>& strings, size_t from) {
  std::string out;
  for (size_t i = from; i < strings.size(); ++i)
    out.append(strings[i]).push_back('\0');
  return out;
}

std::string thread_entry(const ProcessState& process,
                         const ThreadState& thread) {
  const TaskPart& task = process.task;
  const bool is_leader = thread.tid == task.pid;
  const uint32_t ns_tid = is_leader ? task.ns_pid : thread.ns_tid;
  const CredentialsPart& ids = process.credentials;
  std::string entry =
      le(int64_t{thread.tid}) + le(int64_t{task.pid}) +
      le(int64_t{task.parent_pid}) + le(int64_t{task.session}) +
      le(int64_t{task.process_group}) +
      counted(is_leader ? process.comm : thread.comm) +
      counted(process.argv.empty() ? process.comm : process.argv[0]) +
      counted(process.exe) +
      counted(joined(process.argv, 1), kMaxStrings_bytes) +
      counted(process.cwd) + le(uint64_t{0}) +
      le(is_leader ? 0 : kThreadFlags) + le(ids.euid) + le(ids.egid) +
      std::string(3 * sizeof(uint32_t) + 2 * sizeof(uint64_t), '\0') +
      counted(joined(process.env, 0), kMaxStrings_bytes) +
      le(int64_t{ns_tid != 0 ? ns_tid : thread.tid}) +
      le(int64_t{task.ns_pid != 0 ? task.ns_pid : task.pid}) + counted("") +
      counted(process.root);
  return sized(entry);
}

ScapProtocol protocol_of(const SocketPart& socket) {
  if (socket.protocol == IPPROTO_ICMP || socket.protocol == IPPROTO_ICMPV6)
    return ScapProtocol::kIcmp;
  if (socket.type == SOCK_STREAM) return ScapProtocol::kTcp;
  return socket.type == SOCK_DGRAM ? ScapProtocol::kUdp : ScapProtocol::kRaw;
}

std::string socket_entry(const FdState& fd, ScapFdType& type) {
  const SocketPart& socket = *fd.socket;
  if (socket.family == AF_UNIX) {
    type = ScapFdType::kUnix;
    const bool is_path = !fd.target.starts_with("socket:");
    return std::string(2 * sizeof(uint64_t), '\0') +
           counted(is_path ? fd.target : "");
  }
  const bool is_four = socket.family == AF_INET;
  if (!is_four && socket.family != AF_INET6) {
    type = socket.family == AF_NETLINK ? ScapFdType::kNetlink
                                       : ScapFdType::kUnsupported;
    return counted(fd.target);
  }
  const ScapEnd local = local_end(socket), peer = peer_end(socket);
  const auto protocol = le(uint8_t(protocol_of(socket)));
  if (socket.peer_port == 0) {
    type = is_four ? ScapFdType::kIpv4Server : ScapFdType::kIpv6Server;
    return local.address + le(local.port) + protocol;
  }
  type = is_four ? ScapFdType::kIpv4 : ScapFdType::kIpv6;
  return local.address + peer.address + le(local.port) + le(peer.port) +
         protocol;
}

ScapFdType type_of(const FdState& fd) {
  struct Link {
    std::string_view text;
    ScapFdType type;
  };
  constexpr Link kLinks[] = {
      {"pipe:", ScapFdType::kFifo},
      {"anon_inode:[eventpoll]", ScapFdType::kEventPoll},
      {"anon_inode:[eventfd]", ScapFdType::kEvent},
      {"anon_inode:[signalfd]", ScapFdType::kSignal},
      {"anon_inode:[timerfd]", ScapFdType::kTimer},
      {"anon_inode:inotify", ScapFdType::kInotify},
      {"anon_inode:", ScapFdType::kUnsupported},
  };
  for (const Link& link : kLinks)
    if (fd.target.starts_with(link.text)) return link.type;
  return S_ISDIR(fd.file.mode) ? ScapFdType::kDirectory
                               : ScapFdType::kFileFlags;
}

std::string fd_entry(const FdState& fd) {
  ScapFdType type = type_of(fd);
  std::string rest;
  if (fd.socket) {
    rest = socket_entry(fd, type);
  } else if (type == ScapFdType::kFileFlags) {
    const uint32_t dev = (fd.file.dev_minor & 0xff) | (fd.file.dev_major << 8) |
                         ((fd.file.dev_minor & ~0xffu) << 12);
    rest = le(uint32_t(
               to_scap(ScapCoding::kOpen, fd.file.open_flags).value_or(0))) +
           counted(fd.target) + le(dev);
  } else {
    rest = counted(fd.target);
  }
  return sized(le(int64_t{fd.fd}) + le(fd.file.inode) + le(uint8_t(type)) +
               rest);
}

}  // namespace

std::string event_block(uint64_t unix_ns, uint32_t tid, uint16_t cpu,
                        uint16_t code, const std::vector<std::string>& params) {
  std::string lengths, values;
  for (const std::string& param : params) {
    lengths += le(uint16_t(param.size()));
    values += param;
  }
  const auto length =
      uint32_t(kEventHeader_bytes + lengths.size() + values.size());
  return block_of(BlockType::kEvent2,
                  le(cpu) + le(unix_ns) + le(uint64_t{tid}) + le(length) +
                      le(code) + le(uint32_t(params.size())) + lengths +
                      values);
}

Error ScapWriter::failed() const {
  return {ErrorKind::kSystem,
          fmt::format("{}: {}", path_, std::strerror(errno))};
}

Result<ScapWriter> ScapWriter::create(const std::string& path) {
  const int fd =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
           S_IRUSR | S_IWUSR);
  FILE* file = fd < 0 ? nullptr : fdopen(fd, "wb");
  if (!file)
    return Error{ErrorKind::kSystem,
                 fmt::format("{}: {}", path, std::strerror(errno))};
  return ScapWriter(file, path);
}

Result<void> ScapWriter::write(std::string_view block) {
  if (std::fwrite(block.data(), 1, block.size(), file_.get()) != block.size())
    return failed();
  return {};
}

Result<void> ScapWriter::write_machine(const TraceHeader& header) {
  std::string host = header.host_name.substr(0, kHostName_bytes - 1);
  host.resize(kHostName_bytes);
  TRY(write(block_of(BlockType::kSectionHeader,
                     le(kByteOrder) + le(uint16_t{1}) + le(uint16_t{2}) +
                         le(kUnknownLength))));
  TRY(write(block_of(BlockType::kMachineInfo,
                     le(header.cpu_count) + le(uint64_t{0}) + le(uint64_t{0}) +
                         host + std::string(4 * sizeof(uint64_t), '\0'))));
  TRY(write(block_of(BlockType::kInterfaceList2, "")));
  return write(block_of(BlockType::kUserList2, ""));
}

Result<void> ScapWriter::write_processes(const Snapshot& snapshot) {
  std::string list;
  for (const ProcessState& process : snapshot.processes) {
    list += thread_entry(process, {.tid = process.task.pid});
    for (const ThreadState& thread : process.threads)
      if (thread.tid != process.task.pid) list += thread_entry(process, thread);
  }
  TRY(write(block_of(BlockType::kProcessList9, std::move(list))));
  for (const ProcessState& process : snapshot.processes) {
    std::string fds = le(uint64_t{process.task.pid});
    for (const FdState& fd : process.fds) fds += fd_entry(fd);
    TRY(write(block_of(BlockType::kFdList2, std::move(fds))));
  }
  return {};
}

Result<void> ScapWriter::close() {
  FILE* const file = file_.release();
  const bool is_synced = std::fflush(file) == 0 && fsync(fileno(file)) == 0;
  if (std::fclose(file) != 0 || !is_synced) return failed();
  return {};
}

}  // namespace vestige
