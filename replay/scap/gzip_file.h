// SPDX-License-Identifier: Apache-2.0
//
// Reads a file that may be compressed with gzip, or be as it is.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "format/result.h"

struct gzFile_s;

namespace vestige {

class GzipFile {
 public:
  static Result<GzipFile> open(const std::string& path);

  // Fewer bytes than asked for: the end. kBadInput: damaged compression.
  Result<size_t> read(std::span<char> into);

 private:
  struct Close {
    void operator()(gzFile_s* file) const;
  };
  explicit GzipFile(gzFile_s* file) : file_(file) {}

  std::unique_ptr<gzFile_s, Close> file_;
};

}  // namespace vestige
