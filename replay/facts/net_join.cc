// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/net_join.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <map>
#include <tuple>

namespace vestige {
namespace {

using Address = std::tuple<uint16_t, uint16_t, std::array<uint8_t, 16>>;
using Ends = std::tuple<uint32_t, uint16_t, Address, Address>;

Address address_of(const Endpoint& end) {
  return {end.family, end.port, end.address};
}

Ends ends_of(const ConnectionRow& row, bool is_mirrored) {
  const Address local = address_of(row.local), remote = address_of(row.remote);
  return is_mirrored ? Ends{row.net_namespace, row.type, remote, local}
                     : Ends{row.net_namespace, row.type, local, remote};
}

bool is_joinable(const ConnectionRow& row) {
  return (row.family == AF_INET || row.family == AF_INET6) &&
         row.type == SOCK_STREAM && row.remote && row.local &&
         row.local.port != 0;
}

// Who accepts may do so when the other has closed already, never before it
// has begun.
bool may_be_one(const ConnectionRow& a, const ConnectionRow& b) {
  if (a.direction == Direction::kIncoming) return b.start_ns <= a.start_ns;
  if (b.direction == Direction::kIncoming) return a.start_ns <= b.start_ns;
  const auto end = [](const ConnectionRow& row) {
    return row.end_ns ? row.end_ns : UINT64_MAX;
  };
  return a.start_ns <= end(b) && b.start_ns <= end(a);
}

void join(ConnectionRow& a, ConnectionRow& b) {
  if (a.peer != ConnectionId::kNone || b.peer != ConnectionId::kNone) return;
  if (a.id == b.id) return;
  a.peer = b.id;
  b.peer = a.id;
}

}  // namespace

void join_peers(std::vector<ConnectionRow>& connections) {
  std::map<uint64_t, ConnectionRow*> by_inode;
  std::multimap<Ends, ConnectionRow*> by_ends;
  for (ConnectionRow& row : connections) {
    if (row.family == AF_UNIX && row.inode != 0) by_inode[row.inode] = &row;
    if (is_joinable(row)) by_ends.emplace(ends_of(row, false), &row);
  }
  for (ConnectionRow& row : connections) {
    if (row.family == AF_UNIX && row.peer_inode != 0) {
      const auto peer = by_inode.find(row.peer_inode);
      if (peer != by_inode.end()) join(row, *peer->second);
    }
    if (!is_joinable(row)) continue;
    // Hostile traces may repeat one pair of ends without end.
    constexpr int kMaxTries = 64;
    auto [at, last] = by_ends.equal_range(ends_of(row, true));
    for (int tries = 0; at != last && tries < kMaxTries; ++at, ++tries)
      if (may_be_one(row, *at->second)) join(row, *at->second);
  }
}

}  // namespace vestige
