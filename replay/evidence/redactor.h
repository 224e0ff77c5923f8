// SPDX-License-Identifier: Apache-2.0
//
// Takes secrets, names and addresses out of bytes, in two passes: learn()
// sees everything and finds what they are, then text() and fixed() replace
// each wherever it stands, always by the same.
//
//   secret   [redacted:3]   the third secret value found
//   user     user-2
//   address  240.1.1.12     from 0/8 or 240/4, of the same length as text;
//            100::7         IPv6; both ranges never occur on a network
//
// Loopback, unspecified, broadcast and multicast addresses stay; so do the
// names of system accounts. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "format/parts.h"
#include "format/result.h"

namespace vestige {

enum class RedactionProfile : uint8_t { kSecrets, kUsers, kAddresses };

struct RedactionOptions {
  bool secrets = false;
  bool users = false;
  bool addresses = false;
  std::vector<std::string> patterns;  // RE2; first group, or all, is secret
  std::vector<std::string> values;    // secret as they are
};

class Redactor {
 public:
  // kUsage: a pattern is none.
  static Result<Redactor> create(const RedactionOptions& options);
  Redactor(Redactor&&) noexcept;
  Redactor& operator=(Redactor&&) noexcept;
  ~Redactor();

  // First pass.
  void learn(std::string_view bytes);
  // Between the passes.
  Result<void> prepare();

  // Second pass; true if something was taken out. text() may change the
  // length, fixed() never does.
  bool text(std::string& bytes);
  bool fixed(std::string& bytes);
  bool socket(SocketPart& socket);
  bool sockaddr(std::string& bytes);

  // How many places, by what was found: "secrets: option".
  [[nodiscard]] const std::map<std::string, uint64_t>& counts() const;

 private:
  struct State;
  explicit Redactor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vestige
