// SPDX-License-Identifier: Apache-2.0
//
// DNS messages (RFC 1035), as far as an investigator asks for them: names and
// addresses. Input is hostile; counts, jumps and lengths are bounded.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vestige {

struct DnsQuestion {
  std::string name;  // without the dot at the end; any bytes
  uint16_t type = 0;
};

struct DnsAnswer {
  std::string name;
  uint16_t type = 0;
  // For types A and AAAA: family AF_INET or AF_INET6, else 0.
  uint16_t family = 0;
  std::array<uint8_t, 16> address = {};
  std::string target;  // for CNAME
};

struct DnsMessage {
  uint16_t id = 0;
  bool is_response = false;
  uint8_t code = 0;  // 0 no error, 3 no such name
  std::vector<DnsQuestion> questions;
  std::vector<DnsAnswer> answers;
};

// What can be read of a message, maybe cut; nothing if it is none.
std::optional<DnsMessage> parse_dns(std::string_view bytes);
// "A", "AAAA", "TXT", "TYPE99"
std::string dns_type_text(uint16_t type);

}  // namespace vestige
