// SPDX-License-Identifier: Apache-2.0
//
// What a .scap file tells of the machine before the first event: threads,
// their descriptors, the machine itself. Errors name the reason only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "format/result.h"
#include "replay/scap/addresses.h"
#include "replay/scap/block_reader.h"

namespace vestige {

struct ScapMachine {
  uint32_t cpu_count = 0;
  std::string_view host_name;
};
Result<ScapMachine> decode_machine(std::string_view body);

// Views point into the block's body. Numbers that a version does not have
// are 0, ids -1.
struct ScapThread {
  int64_t tid = -1, pid = -1, parent_tid = -1;
  int64_t session = -1, ns_process_group = -1;
  int64_t ns_tid = -1, ns_pid = -1;
  std::string_view comm;
  std::string_view exe;       // argv[0]
  std::string_view exe_path;  // since version 7
  std::string_view args;      // argv[1] on, each ended by NUL
  std::string_view env;       // since version 3
  std::string_view cwd, root;
  uint32_t uid = 0, gid = 0;
  bool has_capabilities = false;
  uint64_t cap_inheritable = 0, cap_permitted = 0, cap_effective = 0;
  uint64_t exe_inode = 0;
  bool exe_in_upper_layer = false;
};
bool is_process_list(BlockType type);
Result<std::vector<ScapThread>> decode_process_list(BlockType type,
                                                    std::string_view body);

enum class ScapFdType : uint8_t {
  kUnknown = 0,
  kFile = 1,
  kDirectory = 2,
  kIpv4 = 3,
  kIpv6 = 4,
  kIpv4Server = 5,
  kIpv6Server = 6,
  kFifo = 7,
  kUnix = 8,
  kEvent = 9,
  kUnsupported = 10,
  kSignal = 11,
  kEventPoll = 12,
  kInotify = 13,
  kTimer = 14,
  kNetlink = 15,
  kFileFlags = 16,
  kBpf = 17,
  kUserfault = 18,
  kIoUring = 19,
  kMemfd = 20,
  kPidfd = 21,
};

struct ScapFd {
  int64_t fd = -1;
  uint64_t inode = 0;
  ScapFdType type = ScapFdType::kUnknown;
  uint32_t open_flags = 0;  // as in the file; kFileFlags only
  uint32_t dev = 0;
  uint8_t protocol = 0;   // ScapProtocol
  std::string_view name;  // path, or what the descriptor is
  ScapEnd local, peer;    // sockets
};
// Transport protocols as numbered there.
enum class ScapProtocol : uint8_t { kTcp = 2, kUdp = 3, kIcmp = 4, kRaw = 5 };

struct ScapFdList {
  uint64_t tid = 0;
  std::vector<ScapFd> fds;
};
bool is_fd_list(BlockType type);
Result<ScapFdList> decode_fd_list(BlockType type, std::string_view body);

// Device numbers as the kernel tells them to programs.
inline uint32_t scap_dev_major(uint32_t dev) {
  return (dev & 0xfff00) >> 8;
}
inline uint32_t scap_dev_minor(uint32_t dev) {
  return (dev & 0xff) | ((dev >> 12) & 0xfff00);
}

}  // namespace vestige
