// SPDX-License-Identifier: Apache-2.0
//
// The file that a trace is written to: PATH.partial until it is complete, made
// 0600 and never through a symlink.
//
//   | chunks | set aside on the disk, behind the end of the file |
//
// So much is set aside before each chunk that the end of the trace fits there,
// whoever else fills the disk.
#pragma once

#include <cstdint>
#include <string>

#include "format/result.h"
#include "format/trace_wire.h"
#include "format/unique_fd.h"

namespace vestige {

class TraceOutput {
 public:
  // Nowhere: offset() counts, nothing else may be called.
  TraceOutput() = default;
  // kSystem: it cannot be made, or PATH exists already.
  static Result<TraceOutput> create(const std::string& path);

  // There is room for so many bytes and for the end behind them, and
  // `reserve_bytes` of the disk stay free. kSystem: there is not; what was set
  // aside before still is.
  Result<void> make_room(uint64_t bytes, uint64_t end_bytes,
                         uint64_t reserve_bytes);
  // Appends both or, with kSystem, nothing.
  Result<void> append(ByteSpan head, ByteSpan rest);
  void count(uint64_t bytes) { offset_ += bytes; }
  // Syncs the file and gives it its name.
  Result<void> finish();
  // Removes it.
  void discard();

  [[nodiscard]] bool is_open() const { return bool(fd_); }
  [[nodiscard]] uint64_t offset() const { return offset_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  // make_room() has refused once, for the sake of the reserve. Stays so: a
  // smaller piece may have fitted in since.
  [[nodiscard]] bool is_at_reserve() const { return is_at_reserve_; }

 private:
  explicit TraceOutput(const std::string& path)
      : path_(path), partial_(path + ".partial") {}
  [[nodiscard]] uint64_t set_aside() const;

  std::string path_;
  std::string partial_;
  UniqueFd fd_;
  uint64_t offset_ = 0;
  uint64_t set_aside_until_ = 0;
  bool is_at_reserve_ = false;
};

}  // namespace vestige
