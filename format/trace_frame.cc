// SPDX-License-Identifier: Apache-2.0
#include "format/trace_frame.h"

#include <zstd.h>

#include <algorithm>
#include <new>
#include <optional>

#include "format/crypto.h"

namespace vestige {
namespace {

// Encrypted bytes stand in a zstd skippable frame, so that zstd passes over
// them, in front of nonce, ciphertext and tag.
constexpr std::array<uint8_t, 4> kSealedMagic = {0x5f, 0x2a, 0x4d, 0x18};
constexpr size_t kSealedHead = 8;
// Bytes that ending a zstd block early can cost.
constexpr size_t kMostPerCut = 64;

// What the ciphertext is bound to: its place and what the mark says of it.
class Context {
 public:
  Context(const TraceId& trace_id, uint32_t chunk, size_t frame,
          const FrameEntry& entry) {
    put(trace_id);
    put(chunk);
    put(uint32_t(frame));
    put(entry.columns);
    put(entry.raw_size);
  }
  [[nodiscard]] ByteSpan bytes() const { return bytes_; }

 private:
  template <typename T>
  void put(const T& value) {
    std::memcpy(bytes_.data() + at_, &value, sizeof value);
    at_ += sizeof value;
  }
  std::array<uint8_t, sizeof(TraceId) + 16> bytes_;
  size_t at_ = 0;
};

// It takes more memory than all else of a trace that is written, and no frame
// needs it longer than compress() takes.
ZSTD_CCtx* context_of_thread(int level) {
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  thread_local const std::unique_ptr<ZSTD_CCtx, Free> context(
      ZSTD_createCCtx());
  if (!context) throw std::bad_alloc();
  ZSTD_CCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
  return context.get();
}

// The key of the chunk at hand, out of that of the trace.
class ChunkKeys {
 public:
  void set(const SecretKey& trace_key) {
    trace_key_ = trace_key;
    chunk_.reset();
  }
  void set_only(const SecretKey& chunk_key) {
    trace_key_.reset();
    chunk_key_ = chunk_key;
  }
  [[nodiscard]] bool empty() const { return !trace_key_ && !chunk_key_; }
  const SecretKey& of(uint32_t chunk) {
    if (trace_key_ && chunk_ != chunk) {
      chunk_key_ = derive_chunk_key(*trace_key_, chunk);
      chunk_ = chunk;
    }
    return *chunk_key_;
  }

 private:
  std::optional<SecretKey> trace_key_, chunk_key_;
  std::optional<uint32_t> chunk_;
};

}  // namespace

struct FrameCompressor::State {
  size_t compress_noise(ByteSpan raw, std::span<const size_t> cuts,
                        ByteBuffer& out);
  void encrypt_from(size_t from, FrameEntry& entry, ByteBuffer& out);
  void end_frame(size_t from, FrameEntry& entry, ByteBuffer& out);

  int level = 0;
  ChunkKeys keys;
  TraceId trace_id = {};
  uint32_t chunk = 0;
  size_t frame = 0;
  bool is_secret = false;
};

FrameCompressor::FrameCompressor(int zstd_level)
    : state_(std::make_unique<State>()) {
  state_->level = zstd_level;
}
FrameCompressor::FrameCompressor(FrameCompressor&&) noexcept = default;
FrameCompressor& FrameCompressor::operator=(FrameCompressor&&) noexcept =
    default;
FrameCompressor::~FrameCompressor() = default;

void FrameCompressor::set_key(const SecretKey& trace_key,
                              const TraceId& trace_id) {
  state_->keys.set(trace_key);
  state_->trace_id = trace_id;
}

void FrameCompressor::begin_chunk(uint32_t chunk, Secrecy secrecy) {
  state_->chunk = chunk;
  state_->frame = 0;
  state_->is_secret = secrecy == Secrecy::kSecret && !state_->keys.empty();
}

// Replaces what `out` has from there on.
void FrameCompressor::State::encrypt_from(size_t from, FrameEntry& entry,
                                          ByteBuffer& out) {
  ByteBuffer compressed;
  compressed.append(out.bytes().subspan(from));
  out.resize(from);
  out.append(kSealedMagic);
  const auto size = uint32_t(kNonceBytes + compressed.size() + kTagBytes);
  out.append(&size, sizeof size);
  encrypt(keys.of(chunk), Context(trace_id, chunk, frame, entry).bytes(),
          compressed.bytes(), out);
  entry.flags |= kFrameEncrypted;
}

// What stands in `out` from there on is the frame.
void FrameCompressor::State::end_frame(size_t from, FrameEntry& entry,
                                       ByteBuffer& out) {
  if (is_secret) encrypt_from(from, entry, out);
  ++frame;
  const ByteSpan stored = out.bytes().subspan(from);
  entry.stored_size = uint32_t(stored.size());
  entry.hash = hash_bytes(stored);
  entry.digest = sha256(stored);
}

// A zstd block ends at each cut, as each has Huffman codes of its own; little
// is spent on looking for repetitions.
size_t FrameCompressor::State::compress_noise(ByteSpan raw,
                                              std::span<const size_t> cuts,
                                              ByteBuffer& out) {
  ZSTD_CCtx* const context = context_of_thread(1);
  ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch, 7);
  ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, 6);
  ZSTD_CCtx_setPledgedSrcSize(context, raw.size());
  ZSTD_outBuffer to{out.data() + out.size(), out.capacity() - out.size(), 0};
  ZSTD_inBuffer in{raw.data(), 0, 0};
  size_t left = 0;
  for (const size_t cut : cuts) {
    in.size = cut;
    left = ZSTD_compressStream2(context, &to, &in, ZSTD_e_flush);
    if (left != 0) break;
  }
  in.size = raw.size();
  if (left == 0) left = ZSTD_compressStream2(context, &to, &in, ZSTD_e_end);
  if (left != 0) throw std::bad_alloc();  // likewise
  return to.pos;
}

FrameEntry FrameCompressor::compress(ByteSpan raw, uint32_t columns,
                                     ByteBuffer& out,
                                     std::span<const size_t> cuts) {
  const size_t from = out.size();
  const size_t bound =
      ZSTD_compressBound(raw.size()) + cuts.size() * kMostPerCut;
  out.reserve_more(bound);
  const size_t size =
      cuts.empty()
          ? ZSTD_compress2(context_of_thread(state_->level), out.data() + from,
                           bound, raw.data(), raw.size())
          : state_->compress_noise(raw, cuts, out);
  // With room for the bound, only a lack of memory can make it fail.
  if (ZSTD_isError(size)) throw std::bad_alloc();
  out.resize(from + size);
  FrameEntry entry{.columns = columns, .raw_size = uint32_t(raw.size())};
  state_->end_frame(from, entry, out);
  return entry;
}

FrameEntry FrameCompressor::take(ByteSpan compressed, const FrameEntry& known,
                                 ByteBuffer& out) {
  const size_t from = out.size();
  out.append(compressed);
  FrameEntry entry = known;
  if (state_->is_secret)
    state_->end_frame(from, entry, out);
  else
    ++state_->frame;
  return entry;
}

struct FrameDecompressor::State {
  State() : context(ZSTD_createDCtx()) {
    if (!context) throw std::bad_alloc();
  }
  ~State() { ZSTD_freeDCtx(context); }
  bool decrypt_frame(ByteSpan& stored, const Mark& mark, size_t frame);

  ZSTD_DCtx* context;
  ChunkKeys keys;
  TraceId trace_id = {};
  ByteBuffer plain;
};

FrameDecompressor::FrameDecompressor() : state_(std::make_unique<State>()) {}
FrameDecompressor::FrameDecompressor(FrameDecompressor&&) noexcept = default;
FrameDecompressor& FrameDecompressor::operator=(FrameDecompressor&&) noexcept =
    default;
FrameDecompressor::~FrameDecompressor() = default;

void FrameDecompressor::set_key(const SecretKey& trace_key,
                                const TraceId& trace_id) {
  state_->keys.set(trace_key);
  state_->trace_id = trace_id;
}

void FrameDecompressor::set_chunk_key(const SecretKey& chunk_key,
                                      const TraceId& trace_id) {
  state_->keys.set_only(chunk_key);
  state_->trace_id = trace_id;
}

// Makes `stored` the compressed bytes.
bool FrameDecompressor::State::decrypt_frame(ByteSpan& stored, const Mark& mark,
                                             size_t frame) {
  if (keys.empty() || stored.size() < kSealedHead ||
      !std::equal(kSealedMagic.begin(), kSealedMagic.end(), stored.begin()))
    return false;
  const Context place(trace_id, mark.chunk, frame, mark.frames[frame]);
  if (!decrypt(keys.of(mark.chunk), place.bytes(), stored.subspan(kSealedHead),
               plain))
    return false;
  stored = plain.bytes();
  return true;
}

bool FrameDecompressor::decompress(ByteSpan stored, const Mark& mark,
                                   size_t frame, ByteBuffer& out) {
  const FrameEntry& entry = mark.frames[frame];
  if ((entry.flags & ~kFrameEncrypted) != 0 || hash_bytes(stored) != entry.hash)
    return false;
  if ((entry.flags & kFrameEncrypted) &&
      !state_->decrypt_frame(stored, mark, frame))
    return false;
  out.clear();
  out.resize(entry.raw_size);  // bounded by decode_mark()
  const size_t size = ZSTD_decompressDCtx(
      state_->context, out.data(), out.size(), stored.data(), stored.size());
  return !ZSTD_isError(size) && size == entry.raw_size;
}

}  // namespace vestige
