// SPDX-License-Identifier: Apache-2.0
//
// Reference data that others made (captures, rule files) lies beside the
// repository, in a folder "shared". Tests that need it skip without it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace vestige {

// "reference/scap" -> its path, if it is there: in the nearest folder above
// `repository` (CMAKE_SOURCE_DIR) that has a "shared".
inline std::optional<std::filesystem::path> shared_data(
    const std::filesystem::path& repository, const std::string& name) {
  std::error_code ignored;
  for (auto folder = repository.parent_path(); folder != folder.parent_path();
       folder = folder.parent_path()) {
    const auto path = folder / "shared" / name;
    if (std::filesystem::exists(path, ignored)) return path;
  }
  return std::nullopt;
}

}  // namespace vestige
