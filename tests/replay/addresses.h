// SPDX-License-Identifier: Apache-2.0
//
// Addresses for written traces.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "format/parts.h"

namespace vestige {

inline sockaddr_in in4(const char* ip, uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  inet_pton(AF_INET, ip, &out.sin_addr);
  return out;
}

// A socket of that type from 10.1.2.3:40000 to the peer.
inline SocketPart socket_to(uint16_t type, const char* peer, uint16_t port) {
  SocketPart out{};
  out.family = AF_INET;
  out.type = type;
  out.protocol = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
  out.local_port = 40000;
  out.peer_port = port;
  inet_pton(AF_INET, "10.1.2.3", out.local_address);
  inet_pton(AF_INET, peer, out.peer_address);
  out.inode = 1000u + port;
  return out;
}

}  // namespace vestige
