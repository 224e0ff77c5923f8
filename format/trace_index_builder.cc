// SPDX-License-Identifier: Apache-2.0
#include "format/trace_index_builder.h"

#include <utility>

namespace vestige {

// What each chunk takes at the end of a trace, at most, besides its filter.
static constexpr size_t kFileBytesPerChunk = 64;

IndexBuilder::IndexBuilder(std::shared_ptr<IndexRoom> room)
    : room_(room ? std::move(room) : std::make_shared<IndexRoom>()) {}

void IndexBuilder::add(const IndexEntry& entry, ChunkFilter filter) {
  index_.chunks.push_back(entry);
  const size_t bytes = filter.bloom.size() + filter.names.size();
  if (bytes > room_->left_bytes) {
    filter.bloom = {};
    filter.has_names = false;
    filter.name_indexes = {};
    filter.names = {};
  } else {
    room_->left_bytes -= bytes;
    bytes_ += bytes;
  }
  file_bytes_ += kFileBytesPerChunk + filter.bloom.size() +
                 filter.names.size() + filter.types.size() * sizeof(EventType) +
                 filter.pids.size() * (sizeof(uint32_t) + 1) +
                 filter.name_indexes.size() * (sizeof(uint32_t) + 1);
  index_.filters.push_back(std::move(filter));
}

void IndexBuilder::clear() {
  index_ = {};
  room_->left_bytes += std::exchange(bytes_, 0);
}

}  // namespace vestige
