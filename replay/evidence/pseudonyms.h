// SPDX-License-Identifier: Apache-2.0
//
// Other addresses for addresses, always the same for the same.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace vestige {

class AddressPseudonyms {
 public:
  using V4 = std::array<uint8_t, 4>;
  using V6 = std::array<uint8_t, 16>;

  // What stands for the address; itself when it tells of nobody. IPv4 inside
  // IPv6 (::ffff:0:0/96) is treated as IPv4.
  V4 of(const V4& address);
  V6 of(const V6& address);
  // Of an address as text, as long as it was for IPv4. nullopt: no address,
  // or one that stays.
  std::optional<std::string> of_text(std::string_view text);

 private:
  std::map<V4, V4> v4_;
  std::map<size_t, uint32_t> next_v4_;  // by length of the text
  std::map<V6, V6> v6_;
};

}  // namespace vestige
