// SPDX-License-Identifier: Apache-2.0
//
// Several traces of one boot of one machine as one, in a temporary file
// without a name, which goes when the program does, however it ends.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "format/result.h"
#include "format/unique_fd.h"

namespace vestige {

class MergedTrace {
 public:
  // Takes as long as writing the traces anew. `tool` does it.
  static Result<MergedTrace> make(const std::vector<std::string>& paths,
                                  const std::string& tool);

  // Opens the file as long as this lives.
  [[nodiscard]] std::string path() const;

 private:
  explicit MergedTrace(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

// Traces that a question is about, where the files of a recording that was
// rotated stand as one.
struct JoinedTraces {
  // Of each what is to be read, where its first file was given.
  std::vector<std::string> paths;
  // That a file goes on from one that was not given, while others of its
  // recording were.
  std::vector<std::string> gaps;
  std::vector<MergedTrace> merged;  // paths open as long as they live
};
// What cannot be opened is left to who reads it.
Result<JoinedTraces> join_rotated(const std::vector<std::string>& paths,
                                  const std::string& tool);

}  // namespace vestige
