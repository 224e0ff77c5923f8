// SPDX-License-Identifier: Apache-2.0
#include "replay/evidence/pseudonyms.h"

#include <arpa/inet.h>

#include <algorithm>

namespace vestige {
namespace {

using V4 = AddressPseudonyms::V4;
using V6 = AddressPseudonyms::V6;

bool tells_of_nobody(const V4& ip) {
  return ip[0] == 0 || ip[0] == 127 || ip[0] >= 224;
}
bool tells_of_nobody(const V6& ip) {
  const bool is_small = std::all_of(ip.begin(), ip.end() - 1,
                                    [](uint8_t byte) { return byte == 0; });
  return (is_small && ip[15] <= 1) || ip[0] == 0xff;
}

constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
bool is_mapped(const V6& ip) {
  return std::equal(std::begin(kMapped), std::end(kMapped), ip.begin());
}

std::string text_of(int family, const void* ip) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(family, ip, text, sizeof text);
  return text;
}

// The nth address of 0/8 (7 and 8 characters) or of 240/4 with this length.
V4 nth_of_length(size_t length, uint32_t n) {
  const bool is_short = length < 9;
  size_t digits = length - 3 - (is_short ? 1 : 3);
  V4 out = {uint8_t(is_short ? 0 : 240), 0, 0, 0};
  for (size_t i = 3; i > 0; --i) {
    const size_t width = std::min<size_t>(3, digits - (i - 1));
    const uint32_t first = width == 1 ? 0 : width == 2 ? 10 : 100;
    const uint32_t count = width == 1 ? 10 : width == 2 ? 90 : 156;
    out[i] = uint8_t(first + n % count);
    n /= count;
    digits -= width;
  }
  // Beyond that, the first number tells them apart.
  out[0] = uint8_t(out[0] + std::min<uint32_t>(n, is_short ? 9 : 14));
  return out;
}

}  // namespace

V4 AddressPseudonyms::of(const V4& address) {
  if (tells_of_nobody(address)) return address;
  const auto [found, is_new] = v4_.try_emplace(address);
  if (is_new) {
    const size_t length = text_of(AF_INET, address.data()).size();
    found->second = nth_of_length(length, ++next_v4_[length]);
  }
  return found->second;
}

V6 AddressPseudonyms::of(const V6& address) {
  if (is_mapped(address)) {
    V6 out = address;
    V4 inner{};
    std::copy_n(address.begin() + 12, 4, inner.begin());
    inner = of(inner);
    std::copy_n(inner.begin(), 4, out.begin() + 12);
    return out;
  }
  if (tells_of_nobody(address)) return address;
  const auto [found, is_new] = v6_.try_emplace(address);
  if (is_new) {
    const size_t n = v6_.size();
    found->second = {1, 0};  // 100::/64, discard only
    for (size_t i = 0; i < 4; ++i)
      found->second[15 - i] = uint8_t(n >> (8 * i));
  }
  return found->second;
}

std::optional<std::string> AddressPseudonyms::of_text(std::string_view text) {
  const std::string terminated(text);
  V4 v4{};
  V6 v6{};
  if (inet_pton(AF_INET, terminated.c_str(), v4.data()) == 1) {
    const V4 other = of(v4);
    if (other == v4) return std::nullopt;
    return text_of(AF_INET, other.data());
  }
  if (inet_pton(AF_INET6, terminated.c_str(), v6.data()) != 1)
    return std::nullopt;
  const V6 other = of(v6);
  if (other == v6) return std::nullopt;
  return text_of(AF_INET6, other.data());
}

}  // namespace vestige
