// SPDX-License-Identifier: Apache-2.0
//
// Makes the hashes in mutated traces right again, so that a fuzzer gets past
// them, as somebody who forges a trace would.
#pragma once

#include <cstring>
#include <vector>

#include "format/crypto.h"
#include "format/trace_mark.h"

namespace vestige {

inline void fix_frames(std::vector<uint8_t>& bytes, size_t entries,
                       size_t count, size_t frame) {
  for (size_t i = 0; i < count; ++i, entries += kFrameEntryBytes) {
    uint32_t size = 0;
    std::memcpy(&size, bytes.data() + entries + 4, sizeof size);
    if (size > bytes.size() - frame) return;
    const ByteSpan stored{bytes.data() + frame, size};
    const uint64_t hash = hash_bytes(stored);
    const Digest digest = sha256(stored);
    std::memcpy(bytes.data() + entries + 16, &hash, sizeof hash);
    std::memcpy(bytes.data() + entries + 24, digest.data(), digest.size());
    frame += size;
  }
}

inline void fix_hashes(std::vector<uint8_t>& bytes) {
  Digest previous = {};
  for (size_t at = 0; at + kMarkPrefixBytes <= bytes.size(); ++at) {
    const size_t size = mark_size(ByteSpan(bytes).subspan(at));
    if (size == 0 || size > bytes.size() - at) continue;
    const size_t frames = (size - kMarkFixedBytes) / kFrameEntryBytes;
    fix_frames(bytes, at + 120, frames, at + size);
    std::memcpy(bytes.data() + at + 88, previous.data(), previous.size());
    const ByteSpan body{bytes.data() + at, size - 8};
    const uint64_t hash = hash_bytes(body);
    std::memcpy(bytes.data() + at + size - 8, &hash, sizeof hash);
    previous = sha256({bytes.data() + at, size});
  }
}

}  // namespace vestige
