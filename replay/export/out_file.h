// SPDX-License-Identifier: Apache-2.0
//
// A file that is being made. Never over an existing one, never through a
// symlink; removed again unless closed. "-" is stdout.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "format/result.h"
#include "format/unique_fd.h"

namespace vestige {

class OutFile {
 public:
  static Result<OutFile> create(const std::string& path);
  OutFile(OutFile&& other) noexcept;
  OutFile& operator=(OutFile&&) = delete;
  ~OutFile();

  // To append to; call flush_if_full() now and then.
  std::string& buffer() { return buffer_; }
  void flush_if_full() {
    if (buffer_.size() >= kFull) flush();
  }
  void write(std::string_view bytes) {
    buffer_.append(bytes);
    flush_if_full();
  }
  // kSystem: something could not be written, now or earlier.
  Result<void> close();

 private:
  static constexpr size_t kFull = 256 * 1024;
  OutFile(std::string path, UniqueFd fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}
  void flush();

  std::string path_;  // empty: nothing to remove
  UniqueFd fd_;
  std::string buffer_;
  int error_ = 0;  // errno of the first failure
};

// A small file at once.
Result<void> write_file(const std::string& path, std::string_view bytes);

}  // namespace vestige
