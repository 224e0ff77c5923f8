// SPDX-License-Identifier: Apache-2.0
//
// A trace file as a sequence of chunks: finds marks, checks and unpacks
// frames, finds its way after damage. Knows nothing of events.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "format/result.h"
#include "format/trace_frame.h"
#include "format/trace_mark.h"
#include "format/unique_fd.h"

namespace vestige {

class TraceFile {
 public:
  static Result<TraceFile> open(const std::string& path);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] uint64_t size() const { return size_; }
  // Learns how long the file is by now.
  Result<void> look_again();

  // The mark at an offset, if there is an intact one.
  Result<std::optional<Mark>> mark_at(uint64_t offset);

  struct Found {
    uint64_t offset;
    Mark mark;
  };
  // The first intact mark that begins in [from, to).
  Result<std::optional<Found>> find_mark(uint64_t from, uint64_t to);

  // Reads up to `size` bytes; fewer only at the end of the file.
  Result<ByteSpan> read(uint64_t offset, size_t size, ByteBuffer& buffer);

 private:
  TraceFile() = default;

  std::string path_;
  UniqueFd fd_;
  uint64_t size_ = 0;
  ByteBuffer mark_buffer_;
  ByteBuffer scan_buffer_;
};

}  // namespace vestige
