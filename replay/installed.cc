// SPDX-License-Identifier: Apache-2.0
#include "replay/installed.h"

#include <filesystem>

namespace vestige {

std::string installed_folder(std::string_view name) {
  std::error_code error;
  const std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path() / "share" / "vestige" / name;
}

}  // namespace vestige
