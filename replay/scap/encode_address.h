// SPDX-License-Identifier: Apache-2.0
//
// The way back of addresses.h: what the kernel has, as .scap files write it.
#pragma once

#include <string>
#include <string_view>

#include "replay/scap/addresses.h"

namespace vestige {

// A sockaddr of a program: hostile. Family 0 when it is too short.
ScapEnd end_of_sockaddr(std::string_view bytes);
ScapEnd local_end(const SocketPart& part);
ScapEnd peer_end(const SocketPart& part);

std::string encode_address(const ScapEnd& end);
// Empty for families that the format has no tuples for.
std::string encode_tuple(const ScapTuple& tuple);

}  // namespace vestige
