// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>

#include "format/parts.h"

namespace vestige {

// Endpoints of sockets by inode, from /proc/PID/net of a process in the same
// network namespace. Each namespace is read once.
class SocketTables {
 public:
  // nullptr when the tables do not have it (other families, just made).
  const SocketPart* find(pid_t pid, uint32_t net_namespace, uint64_t inode);

 private:
  using Table = std::unordered_map<uint64_t, SocketPart>;
  std::map<uint32_t, Table> tables_;
};

}  // namespace vestige
