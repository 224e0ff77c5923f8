// SPDX-License-Identifier: Apache-2.0
#include "format/trace_frame.h"

#include <zstd.h>

#include <new>

#include "format/crypto.h"

namespace vestige {

struct FrameCompressor::State {
  State() : context(ZSTD_createCCtx()) {
    if (!context) throw std::bad_alloc();
  }
  ~State() { ZSTD_freeCCtx(context); }
  ZSTD_CCtx* context;
};

FrameCompressor::FrameCompressor(int zstd_level)
    : state_(std::make_unique<State>()) {
  ZSTD_CCtx_setParameter(state_->context, ZSTD_c_compressionLevel, zstd_level);
}
FrameCompressor::FrameCompressor(FrameCompressor&&) noexcept = default;
FrameCompressor& FrameCompressor::operator=(FrameCompressor&&) noexcept =
    default;
FrameCompressor::~FrameCompressor() = default;

FrameEntry FrameCompressor::compress(ByteSpan raw, uint32_t columns,
                                     ByteBuffer& out) {
  const size_t from = out.size();
  const size_t bound = ZSTD_compressBound(raw.size());
  out.reserve_more(bound);
  const size_t size = ZSTD_compress2(state_->context, out.data() + from, bound,
                                     raw.data(), raw.size());
  // With room for the bound, only a lack of memory can make it fail.
  if (ZSTD_isError(size)) throw std::bad_alloc();
  out.resize(from + size);
  const ByteSpan stored = out.bytes().subspan(from);
  return {.columns = columns,
          .stored_size = uint32_t(size),
          .raw_size = uint32_t(raw.size()),
          .hash = hash_bytes(stored),
          .digest = sha256(stored)};
}

struct FrameDecompressor::State {
  State() : context(ZSTD_createDCtx()) {
    if (!context) throw std::bad_alloc();
  }
  ~State() { ZSTD_freeDCtx(context); }
  ZSTD_DCtx* context;
};

FrameDecompressor::FrameDecompressor() : state_(std::make_unique<State>()) {}
FrameDecompressor::FrameDecompressor(FrameDecompressor&&) noexcept = default;
FrameDecompressor& FrameDecompressor::operator=(FrameDecompressor&&) noexcept =
    default;
FrameDecompressor::~FrameDecompressor() = default;

bool FrameDecompressor::decompress(ByteSpan stored, const FrameEntry& entry,
                                   ByteBuffer& out) {
  if (entry.flags != 0 || hash_bytes(stored) != entry.hash) return false;
  out.clear();
  out.resize(entry.raw_size);  // bounded by decode_mark()
  const size_t size = ZSTD_decompressDCtx(
      state_->context, out.data(), out.size(), stored.data(), stored.size());
  return !ZSTD_isError(size) && size == entry.raw_size;
}

}  // namespace vestige
