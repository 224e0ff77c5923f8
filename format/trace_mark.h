// SPDX-License-Identifier: Apache-2.0
//
// The mark in front of every chunk: what the chunk holds, how to check it,
// and which mark came before. A mark is a zstd skippable frame, so zstd
// passes over it. Layout: FORMAT.md, "Mark".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "format/trace_columns.h"
#include "format/trace_wire.h"

namespace vestige {

using Digest = std::array<uint8_t, 32>;   // SHA-256
using TraceId = std::array<uint8_t, 16>;  // random, one per trace

// The newest format this build reads, and the two that it writes. Older ones
// are 1 and, encrypted, 2.
inline constexpr uint8_t kTraceFormat = 4;
inline constexpr uint8_t kPlainFormat = 3;
inline constexpr uint8_t kEncryptedFormat = 4;
constexpr bool is_encrypted_format(uint8_t format) {
  return format % 2 == 0;
}

// Bounds that a reader enforces, so that no size in a file is believed.
inline constexpr uint32_t kMaxFrameBytes = 64u << 20;
inline constexpr uint64_t kMaxChunkBytes = 512u << 20;  // decompressed
inline constexpr uint32_t kMaxChunkEvents = 1u << 20;
inline constexpr uint16_t kMaxFrames = 4096;

enum class ChunkKind : uint8_t {
  kHeader = 1,
  kEvents = 2,
  kSnapshot = 3,
  kEnd = 4,
  kIndex = 5,
  kSeal = 6,
  kTail = 7,  // a mark without frames: the last bytes of a complete file
};

enum FrameFlags : uint32_t {
  kFrameEncrypted = 1,  // FORMAT.md, "Encryption"
};

struct FrameEntry {
  uint32_t columns = 0;      // enum Columns
  uint32_t stored_size = 0;  // bytes in the file
  uint32_t raw_size = 0;     // bytes after decompression
  uint32_t flags = 0;        // FrameFlags; a reader refuses unknown ones
  uint64_t hash = 0;         // XXH64 of the stored bytes
  Digest digest = {};        // SHA-256 of the stored bytes
};

struct Mark {
  uint8_t format = kPlainFormat;
  ChunkKind kind = ChunkKind::kEvents;
  uint32_t chunk = 0;  // counts chunks of this file from 0
  TraceId trace_id = {};
  uint64_t offset = 0;         // of this mark in the file
  uint64_t events_before = 0;  // in the chunks before
  uint32_t events = 0;
  uint64_t min_time_ns = 0;  // of what the chunk tells; both 0: nothing
  uint64_t max_time_ns = 0;
  uint64_t link = 0;     // kTail: offset of the end chunk; else 0
  Digest previous = {};  // SHA-256 of the mark before; zeros in the first
  std::vector<FrameEntry> frames;

  [[nodiscard]] uint64_t stored_size() const;  // of all frames
};

inline constexpr size_t kMarkFixedBytes = 128;
inline constexpr size_t kFrameEntryBytes = 56;
inline constexpr size_t kMarkPrefixBytes = 24;  // enough for mark_size()
inline constexpr size_t kMarkFrameCountAt = 18;
constexpr size_t mark_bytes(size_t frames) {
  return kMarkFixedBytes + frames * kFrameEntryBytes;
}
// What every mark begins with, after the size: found when resynchronising.
inline constexpr std::array<uint8_t, 4> kSkippableMagic = {0x5e, 0x2a, 0x4d,
                                                           0x18};
inline constexpr std::array<uint8_t, 8> kMarkMagic = {'V', 'E', 'S', 'T',
                                                      'I', 'G', 'E', '\n'};

uint64_t hash_bytes(ByteSpan bytes, uint64_t seed = 0);  // XXH64

void encode_mark(const Mark& mark, ByteBuffer& out);
// Whole size of a mark that seems to begin here, or 0. Needs
// kMarkPrefixBytes.
size_t mark_size(ByteSpan bytes);
// Nothing when the bytes are not an intact mark. A mark of a newer format is
// given as far as it can be: with that format number and no frames.
std::optional<Mark> decode_mark(ByteSpan bytes);

}  // namespace vestige
