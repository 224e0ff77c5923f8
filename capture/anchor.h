// SPDX-License-Identifier: Apache-2.0
//
// Sends the heads of traces out while they are written, to where even root on
// this machine cannot change them: a file on another machine, or syslog.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "format/result.h"
#include "format/seal.h"
#include "format/unique_fd.h"

namespace vestige {

class Anchors {
 public:
  // Each target is "syslog" or a file to append to.
  static Result<Anchors> open(const std::vector<std::string>& targets);

  void send(const ChainHead& head);
  // The first time that sending failed.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] bool empty() const { return files_.empty() && !to_syslog_; }

 private:
  struct File {
    std::string path;
    UniqueFd fd;
  };
  std::vector<File> files_;
  bool to_syslog_ = false;
  std::optional<Error> error_;
};

}  // namespace vestige
