// SPDX-License-Identifier: Apache-2.0
//
// A place for files on their way: formats that are written here and there, not
// from front to back, are made here when they go to stdout.
#pragma once

#include <string>

#include "format/result.h"

namespace vestige {

// A folder of its own, for nobody else's eyes, gone with the object.
class ScratchFolder {
 public:
  static Result<ScratchFolder> make();
  ScratchFolder(ScratchFolder&& other) noexcept;
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();

  [[nodiscard]] std::string file(std::string_view name) const {
    return path_ + "/" + std::string(name);
  }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;  // empty: nothing to remove
};

Result<void> copy_to_stdout(const std::string& path);

}  // namespace vestige
