// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "format/result.h"
#include "format/unique_fd.h"

namespace vestige {

// A program started by the agent that waits until it is let go.
class Command {
 public:
  // Forks; the child stops before exec.
  static Result<Command> prepare(const std::vector<std::string>& argv);
  Command(Command&&) noexcept = default;
  Command& operator=(Command&&) noexcept = default;
  // A child that was never let go ends without running anything.
  ~Command() = default;

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Lets it exec; kSystem when that failed.
  Result<void> release();
  // How it ended, in words ("exit code 0", "signal 9"); nullopt while it runs.
  std::optional<std::string> end();

 private:
  Command(pid_t pid, UniqueFd gate, UniqueFd verdict)
      : pid_(pid), gate_(std::move(gate)), verdict_(std::move(verdict)) {}

  pid_t pid_;
  UniqueFd gate_;     // a byte opens it, a close ends the child
  UniqueFd verdict_;  // errno of a failed exec; closed by a good one
  std::optional<std::string> end_;
};

}  // namespace vestige
