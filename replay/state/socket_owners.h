// SPDX-License-Identifier: Apache-2.0
//
// Which process had which socket, from when to when.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "replay/facts/net_row.h"

namespace vestige {

class SocketOwners {
 public:
  // row: how it begins. Who has the socket already does not get it again.
  void begin(const OwnerRow& row);
  void end(ProcessId process, ConnectionId connection, uint64_t time_ns,
           Position at);

  // All so far. Where nobody told who let go last, the end of the connection
  // is the end of all.
  [[nodiscard]] std::vector<OwnerRow> rows(
      const std::vector<ConnectionRow>& connections) const;

 private:
  static uint64_t key(ProcessId process, ConnectionId connection) {
    return uint64_t(process) << 32 | uint64_t(connection);
  }

  std::vector<OwnerRow> rows_;
  std::unordered_map<uint64_t, uint32_t> open_;  // index of rows_
};

}  // namespace vestige
