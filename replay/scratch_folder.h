// SPDX-License-Identifier: Apache-2.0
//
// A place for files on their way.
#pragma once

#include <string>
#include <string_view>

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

}  // namespace vestige
