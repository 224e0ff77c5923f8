// SPDX-License-Identifier: Apache-2.0
//
// Takes alerts over HTTP: POST of Falco's JSON (falcosidekick's too), to
// /falco, with "Authorization: Bearer TOKEN". The only user of cpp-httplib.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "format/result.h"

namespace vestige {

struct Alert {
  std::string container;  // id, its beginning, or name
  std::string rule;
  std::string text;  // the alert's JSON
};

// nullopt: no such JSON, or it names no container.
std::optional<Alert> parse_alert(const std::string& json);

class AlertServer {
 public:
  // `address`: "PORT" on loopback, "HOST:PORT", "[V6]:PORT". `token_path`: a
  // file of mode 0600 or less with the token in its first line. kUsage,
  // kSystem.
  static Result<AlertServer> open(const std::string& address,
                                  const std::string& token_path);
  AlertServer(AlertServer&&) noexcept;
  AlertServer& operator=(AlertServer&&) noexcept;
  ~AlertServer();

  // Begins to listen, on threads that are made now.
  void start();
  // What has come in since the last call.
  std::vector<Alert> take();

 private:
  struct State;
  explicit AlertServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vestige
