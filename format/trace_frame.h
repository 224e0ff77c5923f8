// SPDX-License-Identifier: Apache-2.0
//
// Between raw sections and what stands in the file: zstd frames.
#pragma once

#include <memory>

#include "format/crypto_box.h"
#include "format/trace_mark.h"
#include "format/trace_wire.h"

namespace vestige {

class FrameCompressor {
 public:
  explicit FrameCompressor(int zstd_level);
  FrameCompressor(FrameCompressor&&) noexcept;
  FrameCompressor& operator=(FrameCompressor&&) noexcept;
  ~FrameCompressor();

  // From now on the frames of secret chunks are encrypted.
  void set_key(const SecretKey& trace_key, const TraceId& trace_id);
  enum class Secrecy { kPublic, kSecret };
  // The next frames are those of this chunk, in their order.
  void begin_chunk(uint32_t chunk, Secrecy secrecy);
  // Appends one frame to `out` and tells about it. raw is at most
  // kMaxFrameBytes. With cuts: it is noise that does not repeat itself, but
  // how often each byte comes differs from cut to cut.
  FrameEntry compress(ByteSpan raw, uint32_t columns, ByteBuffer& out,
                      std::span<const size_t> cuts = {});
  // Likewise with a frame that was compressed before, not encrypted; `known`
  // is what was told about it.
  FrameEntry take(ByteSpan compressed, const FrameEntry& known,
                  ByteBuffer& out);

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

  // Opens the frames of an encrypted trace.
  void set_key(const SecretKey& trace_key, const TraceId& trace_id);
  // Likewise, but of one chunk only.
  void set_chunk_key(const SecretKey& chunk_key, const TraceId& trace_id);
  // Replaces `out` with the contents of a frame of the chunk of `mark`. False:
  // the bytes are not what the mark says, or there is no key.
  bool decompress(ByteSpan stored, const Mark& mark, size_t frame,
                  ByteBuffer& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vestige
