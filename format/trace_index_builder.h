// SPDX-License-Identifier: Apache-2.0
//
// The index of a trace that is being written, within the memory there is for
// it.
#pragma once

#include <cstddef>
#include <memory>

#include "format/trace_index.h"

namespace vestige {

// Memory for what indexes say of their chunks, which grows with every chunk.
// Traces written by one thread can share it.
struct IndexRoom {
  size_t left_bytes = 64 << 20;
};

class IndexBuilder {
 public:
  // Null: it has room of its own.
  explicit IndexBuilder(std::shared_ptr<IndexRoom> room);
  IndexBuilder(const IndexBuilder&) = delete;
  IndexBuilder& operator=(const IndexBuilder&) = delete;
  ~IndexBuilder() { clear(); }

  // Of a chunk that was written. The filter is left out when there is no room
  // for it: an empty one excludes nothing.
  void add(const IndexEntry& entry, ChunkFilter filter);
  [[nodiscard]] const TraceIndex& index() const { return index_; }
  // That it takes in the file, at most, and what stands for its chunks.
  [[nodiscard]] size_t file_bytes() const { return file_bytes_; }
  // Gives its memory back; nothing is added any more.
  void clear();

 private:
  std::shared_ptr<IndexRoom> room_;
  TraceIndex index_;
  size_t bytes_ = 0;  // of room_
  size_t file_bytes_ = 0;
};

}  // namespace vestige
