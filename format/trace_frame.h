// SPDX-License-Identifier: Apache-2.0
//
// Between raw sections and what stands in the file: zstd frames.
#pragma once

#include <memory>

#include "format/trace_mark.h"
#include "format/trace_wire.h"

namespace vestige {

class FrameCompressor {
 public:
  explicit FrameCompressor(int zstd_level);
  FrameCompressor(FrameCompressor&&) noexcept;
  FrameCompressor& operator=(FrameCompressor&&) noexcept;
  ~FrameCompressor();

  // Appends one frame to `out` and tells about it. raw is at most
  // kMaxFrameBytes.
  FrameEntry compress(ByteSpan raw, uint32_t columns, ByteBuffer& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class FrameDecompressor {
 public:
  FrameDecompressor();
  FrameDecompressor(FrameDecompressor&&) noexcept;
  FrameDecompressor& operator=(FrameDecompressor&&) noexcept;
  ~FrameDecompressor();

  // Replaces `out`. False: the bytes are not what the entry says.
  bool decompress(ByteSpan stored, const FrameEntry& entry, ByteBuffer& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vestige
