// SPDX-License-Identifier: Apache-2.0
//
// Bytes of Ethernet frames made up around payload: MAC addresses are locally
// administered, lengths and checksums are right.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "replay/facts/net_row.h"

namespace vestige {

// IPv4 or IPv6 both; an IPv4 address inside IPv6 becomes IPv4.
struct Flow4Or6 {
  Endpoint from;
  Endpoint to;
  bool from_is_local = true;  // which MAC address goes where
};
Endpoint plain_endpoint(Endpoint end);

enum TcpFlags : uint8_t {
  kTcpFin = 1,
  kTcpSyn = 2,
  kTcpPush = 8,
  kTcpAck = 16,
};

struct TcpSegment {
  uint32_t sequence = 0;
  uint32_t acknowledged = 0;
  uint8_t flags = kTcpAck;
};

std::string tcp_frame(const Flow4Or6& flow, const TcpSegment& segment,
                      std::string_view payload);
// Of a datagram of full_size bytes whose first ones are known: without the
// rest there is no checksum.
std::string udp_frame(const Flow4Or6& flow, std::string_view payload,
                      uint64_t full_size);

}  // namespace vestige
