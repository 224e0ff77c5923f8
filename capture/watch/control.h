// SPDX-License-Identifier: Apache-2.0
//
// The daemon's ear: a Unix socket that takes JSON, one object per line, and
// answers each with one line. Only the daemon's own user and root are heard.
//
//   {"command": "trigger", "container": "web", "reason": "case 17"}
//   {"ok": true, ...} or {"ok": false, "error": "..."}
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "format/result.h"
#include "format/unique_fd.h"

namespace vestige {

class ControlServer {
 public:
  // Makes the socket, mode 0600; one that nobody answers on is replaced.
  // kSystem: somebody does, or it cannot be made.
  static Result<ControlServer> open(const std::string& path);
  ControlServer(ControlServer&&) noexcept = default;
  ControlServer& operator=(ControlServer&&) noexcept = default;
  ~ControlServer();  // removes the socket

  // Takes what has come in, never waits. `answer` turns a line into a line.
  using Answer = std::function<std::string(const std::string&)>;
  void serve(const Answer& answer);

 private:
  struct Client {
    UniqueFd fd;
    std::string in, out;
    uint64_t since_ns = 0;
    bool is_over = false;
  };
  ControlServer(std::string path, UniqueFd fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}
  void accept_clients();
  static void serve_client(Client& client, const Answer& answer);

  std::string path_;
  UniqueFd fd_;
  std::vector<Client> clients_;
};

// Sends one line and gives the answer. kSystem when nobody answers.
Result<std::string> ask_daemon(const std::string& path,
                               const std::string& line);

}  // namespace vestige
