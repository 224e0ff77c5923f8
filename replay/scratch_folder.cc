// SPDX-License-Identifier: Apache-2.0
#include "replay/scratch_folder.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace vestige {

Result<ScratchFolder> ScratchFolder::make() {
  std::error_code error;
  const auto parent = std::filesystem::temp_directory_path(error);
  std::string path = error ? "/tmp" : parent.string();
  path += "/vestige-XXXXXX";
  if (!::mkdtemp(path.data()))
    return Error{ErrorKind::kSystem, fmt::format("{}: cannot make a folder: {}",
                                                 path, strerror(errno))};
  return ScratchFolder(std::move(path));
}

ScratchFolder::ScratchFolder(ScratchFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace vestige
