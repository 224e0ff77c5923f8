// SPDX-License-Identifier: Apache-2.0
//
// Traces that screens are tested with, by name. Each is written as a file by
// the real writer and opened by the real reader.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace vestige {

// A directory that goes away with the test.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  [[nodiscard]] std::string path(std::string_view name) const {
    return (directory_ / name).string();
  }

 private:
  std::filesystem::path directory_;
};

// "break_in": a web server is made to drop a script, run it, read
// /etc/shadow, call out and wipe its traces. "losses": the same with events
// missing. "hostile": names made to deceive a terminal. "empty": nothing
// happened. Fails the test for an unknown name.
void write_story(std::string_view name, const std::string& path,
                 std::string_view boot = "one boot");

}  // namespace vestige
