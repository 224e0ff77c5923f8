// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/encode_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

namespace vestige {
namespace {

size_t address_bytes(uint16_t family) {
  if (family == AF_INET) return sizeof(in_addr);
  return family == AF_INET6 ? sizeof(in6_addr) : 0;
}

ScapEnd end_of(uint16_t family, uint16_t port, const uint8_t* address) {
  ScapEnd end;
  end.family = family;
  end.port = port;
  end.address.assign(reinterpret_cast<const char*>(address),
                     address_bytes(family));
  return end;
}

template <typename T>
std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string encode_end(const ScapEnd& end, uint16_t family) {
  std::string address = end.address;
  address.resize(address_bytes(family));
  return address + bytes_of(end.port);
}

}  // namespace

ScapEnd end_of_sockaddr(std::string_view bytes) {
  ScapEnd end;
  if (bytes.size() < sizeof end.family) return end;
  std::memcpy(&end.family, bytes.data(), sizeof end.family);
  // Short ones are filled up with zeros.
  sockaddr_storage whole{};
  std::memcpy(&whole, bytes.data(), std::min(bytes.size(), sizeof whole));
  if (end.family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, &whole, sizeof in);
    return end_of(AF_INET, ntohs(in.sin_port),
                  reinterpret_cast<const uint8_t*>(&in.sin_addr));
  }
  if (end.family == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, &whole, sizeof in);
    return end_of(AF_INET6, ntohs(in.sin6_port), in.sin6_addr.s6_addr);
  }
  if (end.family != AF_UNIX) return end;
  const std::string_view path = bytes.substr(sizeof end.family);
  end.path = path.substr(0, path.find('\0', path.starts_with('\0') ? 1 : 0));
  return end;
}

ScapEnd local_end(const SocketPart& part) {
  return end_of(part.family, part.local_port, part.local_address);
}
ScapEnd peer_end(const SocketPart& part) {
  return end_of(part.family, part.peer_port, part.peer_address);
}

std::string encode_address(const ScapEnd& end) {
  const auto family = uint8_t(end.family);
  if (address_bytes(end.family) != 0)
    return bytes_of(family) + encode_end(end, end.family);
  if (end.family == AF_UNIX) return bytes_of(family) + end.path + '\0';
  return bytes_of(family);
}

std::string encode_tuple(const ScapTuple& tuple) {
  const uint16_t family =
      tuple.source.family ? tuple.source.family : tuple.destination.family;
  if (address_bytes(family) != 0)
    return bytes_of(uint8_t(family)) + encode_end(tuple.source, family) +
           encode_end(tuple.destination, family);
  if (family != AF_UNIX) return {};
  const std::string& path = tuple.destination.path.empty()
                                ? tuple.source.path
                                : tuple.destination.path;
  // Addresses of kernel objects are not known.
  return bytes_of(uint8_t(family)) + std::string(2 * sizeof(uint64_t), '\0') +
         path + '\0';
}

}  // namespace vestige
