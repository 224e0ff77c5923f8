// SPDX-License-Identifier: Apache-2.0
//
// What is said in conversations, where it is not encrypted: rows of DNS
// questions and answers, HTTP lines and TLS server names; and which names the
// addresses were looked up under.
//
// Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "replay/facts/net_row.h"
#include "replay/text_pool.h"

namespace vestige {

class Messages {
 public:
  // texts must outlive the messages.
  explicit Messages(TextPool& texts) : texts_(texts) {}

  struct Spoken {
    ProcessId process;
    bool is_sent;
    std::string_view bytes;  // as captured, maybe cut
    uint64_t time_ns;
    Position at;
  };
  void read(const ConnectionRow& connection, const Spoken& spoken);

  // The name whose lookup gave this address last before that time; empty if
  // none did.
  [[nodiscard]] std::string_view name_of(const Endpoint& endpoint,
                                         uint64_t time_ns) const;
  std::vector<MessageRow>& rows() { return rows_; }
  [[nodiscard]] const std::vector<MessageRow>& rows() const { return rows_; }

 private:
  using Address = std::pair<uint16_t, std::array<uint8_t, 16>>;

  void read_dns(const ConnectionRow& connection, const Spoken& spoken);
  void read_http(const ConnectionRow& connection, const Spoken& spoken);
  void read_tls(const ConnectionRow& connection, const Spoken& spoken);
  void add(const ConnectionRow& connection, const Spoken& spoken,
           MessageKind kind, std::string_view text, std::string_view name);

  TextPool& texts_;
  std::vector<MessageRow> rows_;
  struct Lookup {
    uint64_t time_ns = 0;
    std::string_view name;
  };
  std::map<Address, std::vector<Lookup>> names_;  // ordered by time
  size_t lookups_ = 0;
};

}  // namespace vestige
