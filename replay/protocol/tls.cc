// SPDX-License-Identifier: Apache-2.0
#include "replay/protocol/tls.h"

#include <cstdint>

namespace vestige {
namespace {

constexpr uint8_t kHandshake = 22;
constexpr uint8_t kClientHello = 1;
constexpr uint16_t kServerName = 0;
constexpr uint8_t kHostName = 0;

// Reads big-endian numbers and length-prefixed pieces; a piece that was cut
// is as long as what there is of it.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  uint64_t number(size_t size) {
    uint64_t value = 0;
    for (const char c : take(size)) value = value << 8 | uint8_t(c);
    return value;
  }
  std::string_view take(size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view piece(size_t length_size) {
    return take(number(length_size));
  }

 private:
  std::string_view rest_;
};

std::string_view host_in(std::string_view extension) {
  Reader names(Reader(extension).piece(2));
  while (!names.empty()) {
    const uint64_t type = names.number(1);
    const uint64_t size = names.number(2);
    const std::string_view name = names.take(size);
    // Half a name would be another name.
    if (type == kHostName) return name.size() == size ? name : "";
  }
  return {};
}

}  // namespace

std::optional<TlsClientHello> parse_client_hello(std::string_view bytes) {
  Reader record(bytes);
  const bool is_handshake = record.number(1) == kHandshake;
  const bool is_tls = record.number(1) == 3;  // SSL 3 and all of TLS
  record.take(3);                             // minor version, length
  if (!is_handshake || !is_tls || record.number(1) != kClientHello)
    return std::nullopt;
  record.take(3);   // length
  record.take(34);  // version, random
  record.piece(1);  // session
  record.piece(2);  // cipher suites
  record.piece(1);  // compression
  Reader extensions(record.piece(2));
  TlsClientHello hello;
  while (!extensions.empty()) {
    const uint64_t type = extensions.number(2);
    const std::string_view extension = extensions.piece(2);
    if (type == kServerName) hello.server_name = host_in(extension);
    if (!hello.server_name.empty()) break;
  }
  return hello;
}

}  // namespace vestige
