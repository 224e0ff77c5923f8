// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "replay/scap/byte_cursor.h"

namespace vestige {
namespace {

size_t address_bytes(uint16_t family) {
  return family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
}

bool is_internet(uint16_t family) {
  return family == AF_INET || family == AF_INET6;
}

ScapEnd read_end(ByteCursor& cursor, uint16_t family) {
  ScapEnd end{.family = family};
  end.address = cursor.take(address_bytes(family));
  end.port = cursor.number<uint16_t>();
  return end;
}

// The path is followed by a NUL; an abstract one begins with another.
std::string read_path(ByteCursor& cursor) {
  std::string path(cursor.take(cursor.left()));
  const size_t end = path.find('\0', path.starts_with('\0') ? 1 : 0);
  if (end != std::string::npos) path.resize(end);
  return path;
}

template <typename T>
std::string bytes_of(const T& value, size_t size = sizeof(T)) {
  return {reinterpret_cast<const char*>(&value), size};
}

void copy_end(const ScapEnd& end, uint16_t& port, uint8_t (&address)[16]) {
  port = end.port;
  std::memcpy(address, end.address.data(),
              std::min(end.address.size(), sizeof address));
}

}  // namespace

std::optional<ScapEnd> read_scap_address(std::string_view bytes) {
  ByteCursor cursor(bytes);
  const uint16_t family = cursor.number<uint8_t>();
  if (!cursor.ok()) return std::nullopt;
  ScapEnd end{.family = family};
  if (is_internet(family)) {
    end = read_end(cursor, family);
  } else if (family == AF_UNIX) {
    end.path = read_path(cursor);
  }
  if (!cursor.ok()) return std::nullopt;
  return end;
}

std::optional<ScapTuple> read_scap_tuple(std::string_view bytes) {
  ByteCursor cursor(bytes);
  const uint16_t family = cursor.number<uint8_t>();
  ScapTuple tuple;
  tuple.source.family = tuple.destination.family = family;
  if (is_internet(family)) {
    tuple.source = read_end(cursor, family);
    tuple.destination = read_end(cursor, family);
  } else if (family == AF_UNIX) {
    // Addresses of kernel objects: they name nothing outside of the kernel.
    cursor.take(2 * sizeof(uint64_t));
    tuple.destination.path = read_path(cursor);
  } else {
    return std::nullopt;
  }
  if (!cursor.ok()) return std::nullopt;
  return tuple;
}

std::string sockaddr_of(const ScapEnd& end) {
  if (end.family == AF_INET) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(end.port);
    std::memcpy(&in.sin_addr, end.address.data(),
                std::min(end.address.size(), sizeof in.sin_addr));
    return bytes_of(in);
  }
  if (end.family == AF_INET6) {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(end.port);
    std::memcpy(&in.sin6_addr, end.address.data(),
                std::min(end.address.size(), sizeof in.sin6_addr));
    return bytes_of(in);
  }
  return bytes_of(end.family) + end.path;
}

SocketPart socket_of(const ScapEnd& local, const ScapEnd& peer) {
  SocketPart part{};
  part.family = local.family;
  copy_end(local, part.local_port, part.local_address);
  copy_end(peer, part.peer_port, part.peer_address);
  return part;
}

}  // namespace vestige
