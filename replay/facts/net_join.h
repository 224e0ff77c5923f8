// SPDX-License-Identifier: Apache-2.0
//
// Which connections of a trace are the two ends of one.
#pragma once

#include <vector>

#include "replay/facts/net_row.h"

namespace vestige {

// Sets peer of both: Unix sockets by their inodes, others by addresses that
// mirror each other in one network namespace at a time when both may be.
void join_peers(std::vector<ConnectionRow>& connections);

}  // namespace vestige
