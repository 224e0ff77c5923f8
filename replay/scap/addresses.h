// SPDX-License-Identifier: Apache-2.0
//
// Socket addresses as .scap files write them, made into what the kernel
// would have given. Ports there are in host order.
//
//   address   | family (1) | IPv4 (4) or IPv6 (16) | port (2) |
//             | family (1) | path, NUL |                          AF_UNIX
//   tuple     | family (1) | source address | port | destination | port |
//             | family (1) | source (8) | destination (8) | path, NUL |
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "format/parts.h"

namespace vestige {

// One end of a socket.
struct ScapEnd {
  uint16_t family = 0;
  uint16_t port = 0;
  std::string address;  // 4, 16 or no bytes
  std::string path;     // AF_UNIX; an abstract name begins with NUL
};

struct ScapTuple {
  ScapEnd source;
  ScapEnd destination;
};

// Nothing when the bytes are empty or no address.
std::optional<ScapEnd> read_scap_address(std::string_view bytes);
std::optional<ScapTuple> read_scap_tuple(std::string_view bytes);

// struct sockaddr of that family.
std::string sockaddr_of(const ScapEnd& end);
// Fills the endpoints and the family; the rest stays unknown.
SocketPart socket_of(const ScapEnd& local, const ScapEnd& peer);

}  // namespace vestige
