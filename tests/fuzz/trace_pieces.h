// SPDX-License-Identifier: Apache-2.0
//
// Traces for fuzzers to mutate below compression, encryption and hashes: what
// they write is the contents of frames.
//
//     input = piece*
//     piece = kind(1) events(1) frames(1), and for each frame
//             columns(2: bits 0 to 15) size(2) contents
#pragma once

#include <cstring>
#include <optional>
#include <span>

#include "format/trace_file.h"
#include "tests/format/forged_trace.h"

namespace vestige {

class PieceReader {
 public:
  explicit PieceReader(std::span<const uint8_t> data) : data_(data) {}

  // Nothing: no bytes are left.
  template <typename T>
  std::optional<T> take() {
    if (data_.size() < sizeof(T)) return {};
    T value;
    std::memcpy(&value, data_.data(), sizeof value);
    data_ = data_.subspan(sizeof value);
    return value;
  }
  std::string take_bytes(size_t size) {
    size = std::min(size, data_.size());
    std::string out(reinterpret_cast<const char*>(data_.data()), size);
    data_ = data_.subspan(size);
    return out;
  }

 private:
  std::span<const uint8_t> data_;
};

inline void add_pieces(std::span<const uint8_t> data, ForgedTrace& trace) {
  PieceReader reader(data);
  while (const auto kind = reader.take<uint8_t>()) {
    const uint32_t events = reader.take<uint8_t>().value_or(0);
    std::vector<ForgedFrame> frames(reader.take<uint8_t>().value_or(0) % 32);
    for (ForgedFrame& frame : frames) {
      frame.columns = reader.take<uint16_t>().value_or(0);
      frame.raw = reader.take_bytes(reader.take<uint16_t>().value_or(0));
    }
    if (ChunkKind(*kind) == ChunkKind::kTail)
      trace.add_tail();
    else
      trace.add(ChunkKind(*kind), events, frames);
  }
}

// The pieces of a trace that is not encrypted.
inline std::string pieces_of(const std::string& path) {
  auto file = TraceFile::open(path);
  std::string out;
  FrameDecompressor decompressor;
  ByteBuffer stored, raw;
  const auto put = [&out](auto value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  for (uint64_t at = 0; at < file->size();) {
    const Mark mark = **file->mark_at(at);
    at += mark_bytes(mark.frames.size());
    put(uint8_t(mark.kind));
    put(uint8_t(mark.events));
    put(uint8_t(mark.frames.size()));
    for (size_t i = 0; i < mark.frames.size(); ++i) {
      const FrameEntry& entry = mark.frames[i];
      const auto bytes = *file->read(at, entry.stored_size, stored);
      if (!decompressor.decompress(bytes, mark, i, raw)) std::abort();
      put(uint16_t(entry.columns));
      put(uint16_t(raw.size()));
      out += raw.view();
      at += entry.stored_size;
    }
  }
  return out;
}

}  // namespace vestige
