// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "format/result.h"

namespace vestige {

// "2cf24dba...", of bytes.
std::string sha256_hex(std::string_view bytes);

// What a file is: read once, without a trace in its times where the system
// lets us (O_NOATIME).
struct FileDigest {
  std::string sha256;  // hex
  uint64_t size = 0;
  int64_t modified_ns = 0;  // since 1970
  uint64_t inode = 0;

  friend bool operator==(const FileDigest&, const FileDigest&) = default;
};
Result<FileDigest> digest_file(const std::string& path);

}  // namespace vestige
