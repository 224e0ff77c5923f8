// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/process_blocks.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "replay/scap/byte_cursor.h"

namespace vestige {
namespace {

struct Version {
  BlockType type;
  int number;
};
constexpr Version kProcessLists[] = {
    {BlockType::kProcessList1, 1}, {BlockType::kProcessList1Old, 1},
    {BlockType::kProcessList2, 2}, {BlockType::kProcessList2Old, 2},
    {BlockType::kProcessList3, 3}, {BlockType::kProcessList3Old, 3},
    {BlockType::kProcessList4, 4}, {BlockType::kProcessList5, 5},
    {BlockType::kProcessList6, 6}, {BlockType::kProcessList7, 7},
    {BlockType::kProcessList8, 8}, {BlockType::kProcessList9, 9},
};
constexpr Version kFdLists[] = {
    {BlockType::kFdList1, 1},
    {BlockType::kFdList1Old, 1},
    {BlockType::kFdList2, 2},
};

int version_in(std::span<const Version> versions, BlockType type) {
  const auto found = std::ranges::find(versions, type, &Version::type);
  return found == versions.end() ? 0 : found->number;
}

// Bodies are padded to four bytes: fewer than that are no entry.
constexpr size_t kMinEntry_bytes = 4;
// Entries of version 9 before the fields below were put in the middle end
// with loginuid, exe_writable and three capability sets at most.
constexpr size_t kShortTail_bytes = 29;

constexpr size_t kHostName_bytes = 128;

Error broken(const char* what, size_t at) {
  return {ErrorKind::kBadInput,
          fmt::format("{} does not fit at byte {} of its block", what, at)};
}

ScapThread read_thread(ByteCursor& cursor, int version) {
  ScapThread thread;
  thread.tid = cursor.number<int64_t>();
  thread.pid = cursor.number<int64_t>();
  thread.parent_tid = cursor.number<int64_t>();
  if (version >= 6) thread.session = cursor.number<int64_t>();
  if (version >= 8) thread.ns_process_group = cursor.number<int64_t>();
  thread.comm = cursor.counted();
  thread.exe = cursor.counted();
  if (version >= 7) thread.exe_path = cursor.counted();
  thread.args = cursor.counted();
  thread.cwd = cursor.counted();
  cursor.take(sizeof(uint64_t) + sizeof(uint32_t));  // fd limit, flags
  thread.uid = cursor.number<uint32_t>();
  thread.gid = cursor.number<uint32_t>();
  // Sizes and page faults.
  if (version >= 2) cursor.take(3 * sizeof(uint32_t) + 2 * sizeof(uint64_t));
  if (version >= 3) thread.env = cursor.counted();
  if (version < 4) return thread;
  thread.ns_tid = cursor.number<int64_t>();
  thread.ns_pid = cursor.number<int64_t>();
  cursor.counted();  // control groups
  if (version >= 5) thread.root = cursor.counted();
  return thread;
}

// What version 9 grew over the years. Entries say how long they are.
void read_tail(ByteCursor& tail, ScapThread& thread) {
  if (tail.left() > kShortTail_bytes)
    tail.take(sizeof(uint64_t) + sizeof(uint32_t));  // namespace start, tty
  if (tail.left() < kShortTail_bytes) return;
  tail.take(sizeof(uint32_t) + sizeof(uint8_t));  // login uid, exe writable
  thread.has_capabilities = true;
  thread.cap_inheritable = tail.number<uint64_t>();
  thread.cap_permitted = tail.number<uint64_t>();
  thread.cap_effective = tail.number<uint64_t>();
  if (tail.left() < sizeof(uint8_t) + sizeof(uint64_t)) return;
  thread.exe_in_upper_layer = tail.number<uint8_t>() != 0;
  thread.exe_inode = tail.number<uint64_t>();
}

void read_ends(ByteCursor& cursor, size_t address_bytes, bool has_peer,
               ScapFd& fd) {
  const uint16_t family = address_bytes == 4 ? AF_INET : AF_INET6;
  fd.local.family = fd.peer.family = family;
  fd.local.address = cursor.take(address_bytes);
  if (has_peer) fd.peer.address = cursor.take(address_bytes);
  fd.local.port = cursor.number<uint16_t>();
  if (has_peer) fd.peer.port = cursor.number<uint16_t>();
  fd.protocol = cursor.number<uint8_t>();
}

ScapFd read_fd(ByteCursor& cursor) {
  ScapFd fd;
  fd.fd = cursor.number<int64_t>();
  fd.inode = cursor.number<uint64_t>();
  fd.type = ScapFdType(cursor.number<uint8_t>());
  switch (fd.type) {
    case ScapFdType::kIpv4: read_ends(cursor, 4, true, fd); break;
    case ScapFdType::kIpv6: read_ends(cursor, 16, true, fd); break;
    case ScapFdType::kIpv4Server: read_ends(cursor, 4, false, fd); break;
    case ScapFdType::kIpv6Server: read_ends(cursor, 16, false, fd); break;
    case ScapFdType::kUnix:
      cursor.take(2 * sizeof(uint64_t));  // addresses of kernel objects
      fd.local.family = fd.peer.family = AF_UNIX;
      fd.name = cursor.counted();
      break;
    case ScapFdType::kFileFlags:
      fd.open_flags = cursor.number<uint32_t>();
      fd.name = cursor.counted();
      break;
    case ScapFdType::kUnknown: break;
    case ScapFdType::kFile:
    case ScapFdType::kDirectory:
    case ScapFdType::kFifo:
    case ScapFdType::kEvent:
    case ScapFdType::kUnsupported:
    case ScapFdType::kSignal:
    case ScapFdType::kEventPoll:
    case ScapFdType::kInotify:
    case ScapFdType::kTimer:
    case ScapFdType::kNetlink:
    case ScapFdType::kBpf:
    case ScapFdType::kUserfault:
    case ScapFdType::kIoUring:
    case ScapFdType::kMemfd:
    case ScapFdType::kPidfd: fd.name = cursor.counted(); break;
  }
  return fd;
}

}  // namespace

Result<ScapMachine> decode_machine(std::string_view body) {
  ByteCursor cursor(body);
  ScapMachine machine;
  machine.cpu_count = cursor.number<uint32_t>();
  cursor.take(2 * sizeof(uint64_t));  // memory, highest pid
  const std::string_view name = cursor.take(kHostName_bytes);
  if (!cursor.ok()) return broken("machine information", cursor.at());
  machine.host_name = name.substr(0, name.find('\0'));
  return machine;
}

bool is_process_list(BlockType type) {
  return version_in(kProcessLists, type) != 0;
}

Result<std::vector<ScapThread>> decode_process_list(BlockType type,
                                                    std::string_view body) {
  const int version = version_in(kProcessLists, type);
  ByteCursor cursor(body);
  std::vector<ScapThread> threads;
  while (cursor.left() >= kMinEntry_bytes) {
    const size_t at = cursor.at();
    if (version < 9) {
      threads.push_back(read_thread(cursor, version));
    } else {
      // The length counts itself.
      const uint32_t size = cursor.number<uint32_t>();
      if (size < sizeof size) return broken("a process", at);
      ByteCursor entry(cursor.take(size - sizeof size));
      threads.push_back(read_thread(entry, version));
      if (!entry.ok()) return broken("a process", at);
      read_tail(entry, threads.back());
    }
    if (!cursor.ok()) return broken("a process", at);
  }
  return threads;
}

bool is_fd_list(BlockType type) {
  return version_in(kFdLists, type) != 0;
}

Result<ScapFdList> decode_fd_list(BlockType type, std::string_view body) {
  const bool has_sizes = version_in(kFdLists, type) >= 2;
  ByteCursor cursor(body);
  ScapFdList list;
  list.tid = cursor.number<uint64_t>();
  while (cursor.left() >= kMinEntry_bytes) {
    const size_t at = cursor.at();
    if (!has_sizes) {
      list.fds.push_back(read_fd(cursor));
      if (!cursor.ok()) return broken("a descriptor", at);
      continue;
    }
    const uint32_t size = cursor.number<uint32_t>();
    if (size < sizeof size) return broken("a descriptor", at);
    ByteCursor entry(cursor.take(size - sizeof size));
    list.fds.push_back(read_fd(entry));
    if (!entry.ok() || !cursor.ok()) return broken("a descriptor", at);
    if (list.fds.back().type == ScapFdType::kFileFlags &&
        entry.left() >= sizeof(uint32_t))
      list.fds.back().dev = entry.number<uint32_t>();
  }
  if (!cursor.ok()) return broken("a list of descriptors", cursor.at());
  return list;
}

}  // namespace vestige
