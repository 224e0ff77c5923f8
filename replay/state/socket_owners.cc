// SPDX-License-Identifier: Apache-2.0
#include "replay/state/socket_owners.h"

namespace vestige {

void SocketOwners::begin(const OwnerRow& row) {
  const auto [place, is_new] = open_.try_emplace(
      key(row.process, row.connection), uint32_t(rows_.size()));
  if (is_new) rows_.push_back(row);
}

void SocketOwners::end(ProcessId process, ConnectionId connection,
                       uint64_t time_ns, Position at) {
  const auto found = open_.find(key(process, connection));
  if (found == open_.end()) return;
  rows_[found->second].end_ns = time_ns;
  rows_[found->second].end_at = at;
  open_.erase(found);
}

std::vector<OwnerRow> SocketOwners::rows(
    const std::vector<ConnectionRow>& connections) const {
  std::vector<OwnerRow> all = rows_;
  for (OwnerRow& row : all)
    if (row.end_ns == 0)
      row.end_ns = connections[size_t(row.connection) - 1].end_ns;
  return all;
}

}  // namespace vestige
