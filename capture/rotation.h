// SPDX-License-Identifier: Apache-2.0
//
// When a recording goes on in another file, and what that is called.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "format/header.h"
#include "format/result.h"
#include "format/seal.h"

namespace vestige {

// Zeros: never. No file is shorter than a second, so that a snapshot that is
// larger than a file may be does not fill the disk with snapshots.
struct Rotation {
  uint64_t bytes = 0;  // of a file
  uint64_t ns = 0;     // since it was begun

  // "1GiB", "1h" or "1GiB,1h". kUsage when it is nothing like that.
  static Result<Rotation> parse(std::string_view text);
  [[nodiscard]] bool is_on() const { return bytes > 0 || ns > 0; }
  [[nodiscard]] bool is_due(uint64_t file_bytes, uint64_t file_ns) const {
    return file_ns >= 1'000'000'000 &&
           ((bytes > 0 && file_bytes >= bytes) || (ns > 0 && file_ns >= ns));
  }
};

// The files of one rotated recording: "x.0001.vtrace", "x.0002.vtrace", ...
class Series {
 public:
  // `path`: without a number.
  explicit Series(std::string path, uint64_t now_ns)
      : path_(std::move(path)), begun_ns_(now_ns) {}

  [[nodiscard]] std::string path() const;  // of the file at hand
  [[nodiscard]] uint64_t begun_ns() const { return begun_ns_; }
  // Of all files before that one.
  [[nodiscard]] uint64_t bytes_before() const { return bytes_before_; }
  // "x.0001.vtrace to x.0007.vtrace".
  [[nodiscard]] std::string files() const;
  // Goes to the next file and says what its header tells of the one before,
  // which was sealed like this and has so many bytes.
  Predecessor advance(const ChainHead& sealed, uint64_t bytes, uint64_t now_ns);

 private:
  [[nodiscard]] std::string path_of(uint32_t number) const;

  std::string path_;
  uint64_t begun_ns_;
  uint64_t bytes_before_ = 0;
  uint32_t number_ = 1;
};

}  // namespace vestige
