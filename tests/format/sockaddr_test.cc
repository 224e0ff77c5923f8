// SPDX-License-Identifier: Apache-2.0
#include "format/sockaddr.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <random>

namespace vestige {
namespace {

using namespace std::string_view_literals;
using namespace std::string_literals;

template <typename T>
std::string_view bytes_of(const T& value, size_t size = sizeof(T)) {
  return {reinterpret_cast<const char*>(&value), size};
}

std::string text(std::string_view bytes) {
  const auto address = decode_sockaddr(bytes);
  return address ? address_text(*address) : "none";
}

TEST(Sockaddr, DecodesInternetAddresses) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(80);
  inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr);
  EXPECT_EQ(text(bytes_of(v4)), "192.0.2.1:80");
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(443);
  inet_pton(AF_INET6, "fe80::1", &v6.sin6_addr);
  EXPECT_EQ(text(bytes_of(v6)), "[fe80::1]:443");
  v6.sin6_scope_id = 2;
  EXPECT_EQ(text(bytes_of(v6)), "[fe80::1%2]:443");
  EXPECT_EQ(text(bytes_of(v6, 24)), "[fe80::1]:443");  // RFC 2133
}

TEST(Sockaddr, DecodesUnixPathsAbstractAndUnnamed) {
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  std::memcpy(un.sun_path, "/run/x.sock", 12);
  EXPECT_EQ(text(bytes_of(un)), "/run/x.sock");
  EXPECT_EQ(text("\1\0\0name"sv), "@name");
  EXPECT_EQ(text("\1\0\0a\0b"sv), "@a\\x00b");
  EXPECT_EQ(text("\1\0"sv), "unnamed");
  // 108 bytes without a NUL are a valid path.
  const auto full = decode_sockaddr("\1\0"s + std::string(108, 'p'));
  EXPECT_EQ(full->path.size(), 108u);
}

TEST(Sockaddr, SaysWhenBytesAreTooFew) {
  EXPECT_EQ(text("\2"sv), "none");
  EXPECT_EQ(text("\2\0\0"sv), "0.0.0.0:0 (cut short)");
  EXPECT_EQ(text("\12\0\0\x50"sv), "[::]:80 (cut short)");
}

TEST(Sockaddr, DecodesOtherFamilies) {
  EXPECT_EQ(text("\x10\0\0\0\x07\0\0\0\1\0\0\0"sv), "netlink:7:0x1");
  EXPECT_EQ(text("\x28\0\0\0\x39\x05\0\0\3\0\0\0\0\0\0\0"sv), "vsock:3:1337");
  EXPECT_EQ(text("\0\0"sv), "unspecified");
  EXPECT_EQ(text("\x1f\0\x1b["sv), "AF_BLUETOOTH:\"\\x1b[\"");
}

TEST(Sockaddr, IsPrintableForAnyBytes) {
  std::mt19937 random(3);
  for (int i = 0; i < 50000; ++i) {
    std::string bytes(random() % 130, '\0');
    for (char& c : bytes) c = char(random());
    if (bytes.size() > 1 && random() % 2)
      bytes[1] = 0, bytes[0] = random() % 45;
    for (const char c : text(bytes)) ASSERT_GE(uint8_t(c), 0x20);
  }
}

TEST(SocketText, NamesProtocolAndEndpoints) {
  SocketPart part{};
  part.family = AF_INET;
  part.type = SOCK_STREAM;
  part.local_port = 40000;
  part.peer_port = 80;
  part.local_address[0] = part.peer_address[0] = 127;
  part.local_address[3] = part.peer_address[3] = 1;
  EXPECT_EQ(socket_text(part), "TCP 127.0.0.1:40000->127.0.0.1:80");
  part.peer_port = 0;
  part.type = SOCK_DGRAM;
  EXPECT_EQ(socket_text(part), "UDP 127.0.0.1:40000");
  SocketPart local{};
  local.family = AF_UNIX;
  local.inode = 12;
  local.peer_inode = 13;
  EXPECT_EQ(socket_text(local), "UNIX 12->13");
}

}  // namespace
}  // namespace vestige
