// SPDX-License-Identifier: Apache-2.0
//
// A trace whose marks, hashes and chain are right whatever its frames hold, as
// somebody makes it who wants to harm its readers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "format/crypto.h"
#include "format/trace_codec.h"
#include "format/trace_frame.h"

namespace vestige {

struct ForgedFrame {
  uint32_t columns = kColumnMeta;
  std::string raw;
  std::optional<uint32_t> claimed_size = {};  // instead of that of raw
};

class ForgedTrace {
 public:
  ForgedTrace() : compressor_(1) { trace_id_.fill(7); }
  // Chunks that are secret are encrypted from now on.
  void encrypt(const SecretKey& key) {
    compressor_.set_key(key, trace_id_);
    format_ = kEncryptedFormat;
  }

  void add(ChunkKind kind, uint32_t events,
           const std::vector<ForgedFrame>& frames) {
    const bool is_secret = kind == ChunkKind::kEvents ||
                           kind == ChunkKind::kSnapshot ||
                           kind == ChunkKind::kIndex;
    Mark mark = next(kind);
    mark.events = events;
    mark.min_time_ns = mark.max_time_ns = chunks_;
    compressor_.begin_chunk(chunks_, is_secret
                                         ? FrameCompressor::Secrecy::kSecret
                                         : FrameCompressor::Secrecy::kPublic);
    ByteBuffer stored;
    for (const ForgedFrame& frame : frames) {
      FrameEntry& entry = mark.frames.emplace_back(
          compressor_.compress(span(frame.raw), frame.columns, stored));
      entry.raw_size = frame.claimed_size.value_or(entry.raw_size);
    }
    if (kind == ChunkKind::kEnd) end_at_ = bytes_.size();
    put(mark);
    bytes_.append(stored.bytes());
  }
  void add_header(const TraceHeader& header) {
    ByteBuffer raw;
    encode_header(header, raw);
    add(ChunkKind::kHeader, 0, {{kColumnMeta, std::string(raw.view())}});
  }
  // Once there is an end chunk, it can be found from the end of the file.
  void add_tail() {
    Mark mark = next(ChunkKind::kTail);
    mark.link = end_at_;
    put(mark);
  }
  [[nodiscard]] std::string_view bytes() const { return bytes_.view(); }

 private:
  static ByteSpan span(const std::string& text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
  }
  [[nodiscard]] Mark next(ChunkKind kind) const {
    return {.format = format_,
            .kind = kind,
            .chunk = chunks_,
            .trace_id = trace_id_,
            .offset = bytes_.size(),
            .events_before = events_,
            .previous = head_};
  }
  void put(const Mark& mark) {
    const size_t from = bytes_.size();
    encode_mark(mark, bytes_);
    head_ = sha256(bytes_.bytes().subspan(from));
    events_ += mark.events;
    ++chunks_;
  }

  FrameCompressor compressor_;
  ByteBuffer bytes_;
  TraceId trace_id_;
  Digest head_ = {};
  uint8_t format_ = kPlainFormat;
  uint32_t chunks_ = 0;
  uint64_t events_ = 0;
  uint64_t end_at_ = 0;
};

}  // namespace vestige
