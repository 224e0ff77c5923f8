// SPDX-License-Identifier: Apache-2.0
//
// A fuzzer's bytes as a file in memory.
#pragma once

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "format/unique_fd.h"

namespace vestige {

class FuzzFile {
 public:
  explicit FuzzFile(std::span<const uint8_t> bytes)
      : fd_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    if (::write(fd_.get(), bytes.data(), bytes.size()) != ssize_t(bytes.size()))
      std::abort();
  }
  [[nodiscard]] std::string path() const {
    return fmt::format("/proc/self/fd/{}", fd_.get());
  }

 private:
  UniqueFd fd_;
};

}  // namespace vestige
