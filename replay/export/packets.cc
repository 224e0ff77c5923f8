// SPDX-License-Identifier: Apache-2.0
#include "replay/export/packets.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

namespace vestige {
namespace {

constexpr uint8_t kTtl = 64;
constexpr size_t kIpv4Header = 20;
constexpr uint16_t kWindow = 65535;

void put16(std::string& out, uint64_t value) {
  out += char(value >> 8);
  out += char(value);
}
void put32(std::string& out, uint64_t value) {
  put16(out, value >> 16);
  put16(out, value);
}
void put_address(std::string& out, const Endpoint& end) {
  const size_t size = end.family == AF_INET ? 4 : 16;
  out.append(reinterpret_cast<const char*>(end.address.data()), size);
}

// RFC 1071, not complemented.
uint32_t sum16(std::string_view bytes, uint32_t sum = 0) {
  for (size_t i = 0; i + 1 < bytes.size(); i += 2)
    sum += uint32_t(uint8_t(bytes[i])) << 8 | uint8_t(bytes[i + 1]);
  if (bytes.size() % 2) sum += uint32_t(uint8_t(bytes.back())) << 8;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

void set16(std::string& bytes, size_t at, uint32_t value) {
  bytes[at] = char(value >> 8);
  bytes[at + 1] = char(value);
}

// Over the pseudo header, too; both versions of IP sum up to the same.
uint16_t checksum(const Flow4Or6& flow, uint8_t protocol,
                  std::string_view segment) {
  std::string pseudo;
  put_address(pseudo, flow.from);
  put_address(pseudo, flow.to);
  put32(pseudo, segment.size());
  put32(pseudo, protocol);
  return uint16_t(~sum16(segment, sum16(pseudo)));
}

std::string ip_header(const Flow4Or6& flow, uint8_t protocol, size_t size) {
  std::string out;
  if (flow.from.family == AF_INET6) {
    put32(out, 6u << 28);
    put16(out, size);
    out += char(protocol);
    out += char(kTtl);
  } else {
    put16(out, 0x4500);
    put16(out, kIpv4Header + size);
    put32(out, 0x4000);  // number 0, do not fragment
    out += char(kTtl);
    out += char(protocol);
    put16(out, 0);
  }
  put_address(out, flow.from);
  put_address(out, flow.to);
  if (flow.from.family == AF_INET) set16(out, 10, ~sum16(out) & 0xffff);
  return out;
}

std::string ethernet_header(const Flow4Or6& flow) {
  const std::string local("\x02\0\0\0\0\x01", 6);
  const std::string remote("\x02\0\0\0\0\x02", 6);
  std::string out = flow.from_is_local ? remote + local : local + remote;
  put16(out, flow.from.family == AF_INET6 ? 0x86dd : 0x0800);
  return out;
}

}  // namespace

Endpoint plain_endpoint(Endpoint end) {
  constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (end.family != AF_INET6 ||
      !std::equal(std::begin(kMapped), std::end(kMapped), end.address.begin()))
    return end;
  end.family = AF_INET;
  std::copy_n(end.address.begin() + 12, 4, end.address.begin());
  std::fill(end.address.begin() + 4, end.address.end(), uint8_t(0));
  return end;
}

std::string tcp_frame(const Flow4Or6& flow, const TcpSegment& segment,
                      std::string_view payload) {
  std::string tcp;
  put16(tcp, flow.from.port);
  put16(tcp, flow.to.port);
  put32(tcp, segment.sequence);
  put32(tcp, segment.acknowledged);
  put16(tcp, 0x5000 | segment.flags);
  put16(tcp, kWindow);
  put32(tcp, 0);  // checksum, urgent pointer
  tcp += payload;
  set16(tcp, 16, checksum(flow, IPPROTO_TCP, tcp));
  return ethernet_header(flow) + ip_header(flow, IPPROTO_TCP, tcp.size()) + tcp;
}

std::string udp_frame(const Flow4Or6& flow, std::string_view payload,
                      uint64_t full_size) {
  constexpr uint64_t kHeader = 8;
  const uint64_t size =
      std::min<uint64_t>(kHeader + full_size, 65535 - kIpv4Header);
  std::string udp;
  put16(udp, flow.from.port);
  put16(udp, flow.to.port);
  put16(udp, size);
  put16(udp, 0);
  udp += payload.substr(0, size - kHeader);
  if (udp.size() == size) {
    const uint16_t sum = checksum(flow, IPPROTO_UDP, udp);
    set16(udp, 6, sum == 0 ? 0xffff : sum);  // 0 means none
  }
  return ethernet_header(flow) + ip_header(flow, IPPROTO_UDP, size) + udp;
}

}  // namespace vestige
