// SPDX-License-Identifier: Apache-2.0
//
// Several traces of one boot of one machine as one, in a temporary file
// without a name, which goes when the program does, however it ends.
#pragma once

#include <string>
#include <vector>

#include "format/result.h"
#include "format/unique_fd.h"

namespace vestige::tui {

class MergedTrace {
 public:
  // Takes as long as writing the traces anew.
  static Result<MergedTrace> make(const std::vector<std::string>& paths);

  // Opens the file as long as this lives.
  [[nodiscard]] std::string path() const;

 private:
  explicit MergedTrace(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace vestige::tui
