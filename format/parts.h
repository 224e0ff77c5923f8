// SPDX-License-Identifier: Apache-2.0
//
// Layouts of the parts that are structs (see part_kinds.def). Part of the
// trace format: little endian, add only at the end; a reader accepts shorter
// and longer ones.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "format/event.h"

namespace vestige {

enum class Layer : uint32_t {
  kUnknown = 0,
  kNone = 1,   // not on overlayfs
  kUpper = 2,  // made or changed in this container
  kLower = 3,  // as in the image
};

// PartKind::kFile: the object behind a descriptor or a path.
struct FilePart {
  uint64_t inode;
  uint32_t dev_major;  // of the superblock
  uint32_t dev_minor;
  uint32_t generation;
  uint32_t mode;        // S_IFMT and permission bits
  uint64_t size;        // bytes, when taken
  uint64_t offset;      // of the open file, after the call
  uint32_t open_flags;  // f_flags
  uint32_t nlink;       // 0: deleted
  uint32_t uid;
  uint32_t gid;
  uint32_t fs_magic;
  Layer layer;
};
static_assert(sizeof(FilePart) == 64);

// PartKind::kSocket: endpoints of a socket. Ports in host order.
struct SocketPart {
  uint16_t family;    // AF_*
  uint16_t type;      // SOCK_*
  uint16_t protocol;  // IPPROTO_*
  uint16_t state;     // TCP_* or SS_*
  uint16_t local_port;
  uint16_t peer_port;
  uint32_t net_namespace;     // inode
  uint8_t local_address[16];  // IPv4: the first four bytes
  uint8_t peer_address[16];
  uint64_t inode;       // as in /proc/PID/fd: socket:[inode]
  uint64_t peer_inode;  // AF_UNIX, else 0
};
static_assert(sizeof(SocketPart) == 64);

// PartKind::kTask: a task in relation to the event's task.
struct TaskPart {
  uint32_t pid;  // thread group id, initial namespace
  uint32_t tid;
  uint32_t ns_pid;  // in the task's own pid namespace
  uint32_t ns_tid;
  uint32_t parent_pid;     // real parent's thread group id, initial namespace
  uint32_t session;        // initial namespace
  uint32_t process_group;  // initial namespace
  uint32_t pid_namespace;  // inode
  uint32_t mnt_namespace;  // inode
  uint32_t net_namespace;  // inode
  uint64_t start_ns;       // of the thread, CLOCK_BOOTTIME
  uint64_t process_start_ns;
  uint64_t parent_start_ns;
};
static_assert(sizeof(TaskPart) == 64);

// PartKind::kCredentials. Ids in the initial user namespace.
struct CredentialsPart {
  uint32_t uid, gid;
  uint32_t euid, egid;
  uint32_t suid, sgid;
  uint32_t fsuid, fsgid;
  uint64_t cap_inheritable;
  uint64_t cap_permitted;
  uint64_t cap_effective;
  uint64_t cap_bounding;
  uint64_t cap_ambient;
  uint32_t user_namespace;  // inode
  uint32_t securebits;
};
static_assert(sizeof(CredentialsPart) == 80);

// Copies the struct out of a part; fields the part is too short for are zero.
template <typename T>
T read_part(const Part& part) {
  T value{};
  std::memcpy(&value, part.data.data(),
              std::min(sizeof value, part.data.size()));
  return value;
}

}  // namespace vestige
