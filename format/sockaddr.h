// SPDX-License-Identifier: Apache-2.0
//
// struct sockaddr as a value. The bytes come from the program or the kernel
// and may be short, long or of any family.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "format/parts.h"

namespace vestige {

// Families by their number on Linux.
inline constexpr uint16_t kFamilyUnspecified = 0;
inline constexpr uint16_t kFamilyUnix = 1;
inline constexpr uint16_t kFamilyInet = 2;
inline constexpr uint16_t kFamilyInet6 = 10;
inline constexpr uint16_t kFamilyNetlink = 16;
inline constexpr uint16_t kFamilyPacket = 17;
inline constexpr uint16_t kFamilyVsock = 40;

struct SocketAddress {
  uint16_t family = 0;
  bool is_complete = true;   // false: the bytes are too short for the family
  bool is_abstract = false;  // AF_UNIX: the name begins with a NUL
  uint32_t port = 0;         // inet: host order; vsock: port; netlink: port id
  uint32_t scope = 0;        // inet6: scope id; netlink: groups; vsock: cid;
                             // packet: interface index
  std::array<uint8_t, 16> ip = {};  // IPv4: the first four bytes
  std::string path;  // AF_UNIX, without the NUL in front; hostile bytes
  std::string raw;   // bytes behind the family when it is not known
};

// nullopt when not even the family is there.
std::optional<SocketAddress> decode_sockaddr(std::string_view bytes);

// "192.0.2.1", "2001:db8::1"; "" for other families.
std::string ip_text(uint16_t family, const uint8_t* address);

// "192.0.2.1:80", "[::1]:80", "/run/x.sock", "@name", "netlink:0:0", ...
// Printable: hostile bytes are escaped.
std::string address_text(const SocketAddress& address);

// "TCP 192.0.2.1:40000->192.0.2.2:80", "UDP 0.0.0.0:53", "UNIX 1234->1235".
std::string socket_text(const SocketPart& socket);

}  // namespace vestige
