// SPDX-License-Identifier: Apache-2.0
#include "capture/disk.h"

#include <sys/statvfs.h>

namespace vestige {

uint64_t free_bytes_at(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder =
      slash == path.npos ? "." : path.substr(0, slash + 1);
  struct statvfs info;
  if (statvfs(folder.c_str(), &info) != 0) return UINT64_MAX;
  return uint64_t{info.f_bavail} * info.f_frsize;
}

}  // namespace vestige
