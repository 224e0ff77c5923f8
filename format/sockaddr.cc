// SPDX-License-Identifier: Apache-2.0
#include "format/sockaddr.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "format/escape.h"
#include "format/flag_text.h"

namespace vestige {
namespace {

// Integers at an offset; 0 and incomplete when the bytes end before.
class Fields {
 public:
  Fields(std::string_view bytes, SocketAddress& address)
      : bytes_(bytes), address_(address) {}

  template <typename T>
  T get(size_t offset) {
    T value{};
    if (offset + sizeof value > bytes_.size())
      address_.is_complete = false;
    else
      std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

 private:
  std::string_view bytes_;
  SocketAddress& address_;
};

void decode_inet(Fields fields, SocketAddress& address) {
  address.port = ntohs(fields.get<uint16_t>(2));
  const auto ip = fields.get<std::array<uint8_t, 4>>(4);
  std::ranges::copy(ip, address.ip.begin());
}

void decode_inet6(Fields fields, SocketAddress& address, size_t size) {
  address.port = ntohs(fields.get<uint16_t>(2));
  address.ip = fields.get<std::array<uint8_t, 16>>(8);
  // The kernel accepts addresses without the scope (RFC 2133).
  if (size >= 28) address.scope = fields.get<uint32_t>(24);
}

void decode_unix(std::string_view bytes, SocketAddress& address) {
  constexpr size_t kMaxPath = 108;
  std::string_view path = bytes.substr(2, kMaxPath);
  address.is_abstract = !path.empty() && path[0] == '\0';
  // An abstract name may hold NULs; a path ends at the first one.
  address.path =
      address.is_abstract ? path.substr(1) : path.substr(0, path.find('\0'));
}

std::string_view protocol_name(const SocketPart& socket) {
  if (socket.family == kFamilyUnix) return "UNIX";
  if (socket.family != kFamilyInet && socket.family != kFamilyInet6) return "";
  switch (socket.type) {
    case SOCK_STREAM: return socket.protocol == 132 ? "SCTP" : "TCP";
    case SOCK_DGRAM: return "UDP";
    case SOCK_RAW: return "RAW";
    default: return "INET";
  }
}

std::string endpoint(uint16_t family, const uint8_t* ip, uint16_t port) {
  return family == kFamilyInet6
             ? fmt::format("[{}]:{}", ip_text(family, ip), port)
             : fmt::format("{}:{}", ip_text(family, ip), port);
}

}  // namespace

std::optional<SocketAddress> decode_sockaddr(std::string_view bytes) {
  if (bytes.size() < sizeof(uint16_t)) return std::nullopt;
  SocketAddress address;
  Fields fields(bytes, address);
  address.family = fields.get<uint16_t>(0);
  switch (address.family) {
    case kFamilyUnix: decode_unix(bytes, address); break;
    case kFamilyInet: decode_inet(fields, address); break;
    case kFamilyInet6: decode_inet6(fields, address, bytes.size()); break;
    case kFamilyNetlink:
      address.port = fields.get<uint32_t>(4);
      address.scope = fields.get<uint32_t>(8);
      break;
    case kFamilyPacket: address.scope = fields.get<uint32_t>(4); break;
    case kFamilyVsock:
      address.port = fields.get<uint32_t>(4);
      address.scope = fields.get<uint32_t>(8);
      break;
    default: address.raw = bytes.substr(2); break;
  }
  return address;
}

std::string ip_text(uint16_t family, const uint8_t* address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (family == kFamilyInet || family == kFamilyInet6)
    inet_ntop(family == kFamilyInet ? AF_INET : AF_INET6, address, text,
              sizeof text);
  return text;
}

std::string address_text(const SocketAddress& address) {
  std::string out;
  switch (address.family) {
    case kFamilyUnspecified: out = "unspecified"; break;
    case kFamilyUnix:
      if (address.is_abstract) out = "@";
      append_escaped(out, address.path);
      if (out.empty()) out = "unnamed";
      break;
    case kFamilyInet:
      out = endpoint(address.family, address.ip.data(), address.port);
      break;
    case kFamilyInet6:
      out = address.scope
                ? fmt::format("[{}%{}]:{}",
                              ip_text(address.family, address.ip.data()),
                              address.scope, address.port)
                : endpoint(address.family, address.ip.data(), address.port);
      break;
    case kFamilyNetlink:
      out = fmt::format("netlink:{}:{:#x}", address.port, address.scope);
      break;
    case kFamilyPacket: out = fmt::format("packet:if{}", address.scope); break;
    case kFamilyVsock:
      out = fmt::format("vsock:{}:{}", address.scope, address.port);
      break;
    default:
      append_flags(out, ArgKind::kSocketDomain, address.family, kNativeAbi);
      out += ':';
      append_quoted(out, address.raw, false);
      break;
  }
  if (!address.is_complete) out += " (cut short)";
  return out;
}

std::string socket_text(const SocketPart& socket) {
  const std::string_view name = protocol_name(socket);
  if (socket.family == kFamilyUnix)
    return socket.peer_inode
               ? fmt::format("{} {}->{}", name, socket.inode, socket.peer_inode)
               : fmt::format("{} {}", name, socket.inode);
  if (name.empty()) {
    std::string out;
    append_flags(out, ArgKind::kSocketDomain, socket.family, kNativeAbi);
    return fmt::format("{} {}", out, socket.inode);
  }
  std::string out = fmt::format(
      "{} {}", name,
      endpoint(socket.family, socket.local_address, socket.local_port));
  if (socket.peer_port != 0)
    out +=
        "->" + endpoint(socket.family, socket.peer_address, socket.peer_port);
  return out;
}

}  // namespace vestige
