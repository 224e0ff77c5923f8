// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>

#include "replay/facts/net_row.h"

namespace vestige {
namespace {

struct Name {
  uint16_t number;
  std::string_view text;
};

constexpr Name kFamilies[] = {
    {AF_UNSPEC, "unspec"}, {AF_UNIX, "unix"},       {AF_INET, "inet"},
    {AF_INET6, "inet6"},   {AF_NETLINK, "netlink"}, {AF_PACKET, "packet"},
    {AF_VSOCK, "vsock"},   {AF_ALG, "alg"},         {AF_BLUETOOTH, "bluetooth"},
    {AF_CAN, "can"},       {AF_KEY, "key"},         {AF_TIPC, "tipc"},
    {AF_XDP, "xdp"},       {AF_QIPCRTR, "qipcrtr"}, {AF_RDS, "rds"},
};

constexpr Name kProtocols[] = {
    {IPPROTO_ICMP, "icmp"}, {IPPROTO_TCP, "tcp"},
    {IPPROTO_UDP, "udp"},   {IPPROTO_ICMPV6, "icmp6"},
    {IPPROTO_SCTP, "sctp"}, {IPPROTO_UDPLITE, "udplite"},
    {IPPROTO_IGMP, "igmp"}, {IPPROTO_GRE, "gre"},
    {IPPROTO_ESP, "esp"},   {IPPROTO_AH, "ah"},
    {IPPROTO_RAW, "raw"},
};

constexpr Name kTypes[] = {
    {SOCK_STREAM, "stream"}, {SOCK_DGRAM, "dgram"},         {SOCK_RAW, "raw"},
    {SOCK_RDM, "rdm"},       {SOCK_SEQPACKET, "seqpacket"}, {SOCK_DCCP, "dccp"},
    {SOCK_PACKET, "packet"},
};

constexpr Name kNetlink[] = {
    {0, "route"},   {2, "usersock"}, {4, "sock-diag"},  {6, "xfrm"},
    {7, "selinux"}, {9, "audit"},    {11, "connector"}, {12, "netfilter"},
    {15, "uevent"}, {16, "generic"}, {21, "crypto"},
};

// The protocol of a packet socket is in network order.
constexpr Name kPackets[] = {
    {0x0300, "all"},
    {0x0008, "ip"},
    {0x0608, "arp"},
    {0xdd86, "ipv6"},
};

std::string_view find(std::span<const Name> names, uint16_t number,
                      std::string_view otherwise) {
  const auto found = std::ranges::find(names, number, &Name::number);
  return found == names.end() ? otherwise : found->text;
}

}  // namespace

std::string_view family_text(uint16_t family) {
  return find(kFamilies, family, "other");
}

std::string_view protocol_text(uint16_t family, uint16_t type,
                               uint16_t protocol) {
  if (family == AF_NETLINK)
    return find(kNetlink, protocol, find(kTypes, type, "other"));
  if (family == AF_PACKET)
    return find(kPackets, protocol, find(kTypes, type, "other"));
  if (family != AF_INET && family != AF_INET6)
    return find(kTypes, type, "other");
  if (protocol == 0 && type == SOCK_STREAM) return "tcp";
  if (protocol == 0 && type == SOCK_DGRAM) return "udp";
  return find(kProtocols, protocol, find(kTypes, type, "other"));
}

std::string endpoint_text(const Endpoint& end) {
  char text[INET6_ADDRSTRLEN] = {};
  switch (end.family) {
    case AF_UNSPEC: return {};
    case AF_UNIX: return std::string(end.name);
    case AF_INET:
      inet_ntop(AF_INET, end.address.data(), text, sizeof text);
      return fmt::format("{}:{}", text, end.port);
    case AF_INET6:
      inet_ntop(AF_INET6, end.address.data(), text, sizeof text);
      return fmt::format("[{}]:{}", text, end.port);
    default: return fmt::format("{}:{}", family_text(end.family), end.port);
  }
}

bool has_packets(const ConnectionRow& row) {
  return row.type != 0 && row.type != SOCK_STREAM;
}

bool is_metadata_service(const Endpoint& end) {
  // Most clouds; ECS and EKS pods; Alibaba; Azure's wire server.
  static constexpr std::string_view kServices[] = {
      "169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200",
      "168.63.129.16",   "fd00:ec2::254", "fd00:ec2::23"};
  if (end.family != AF_INET && end.family != AF_INET6) return false;
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(end.family, end.address.data(), text, sizeof text);
  std::string_view address = text;
  constexpr std::string_view kMapped = "::ffff:";
  if (address.starts_with(kMapped)) address.remove_prefix(kMapped.size());
  return std::ranges::find(kServices, address) != std::end(kServices);
}

}  // namespace vestige
