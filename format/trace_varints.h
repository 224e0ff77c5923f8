// SPDX-License-Identifier: Apache-2.0
//
// Whole columns of varints at once. Which bytes end a value follows from their
// top bits, which are looked at for many bytes together: so reading one value
// need not wait for the one before, and there is no branch on how long it is.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "format/trace_wire.h"

namespace vestige {

// How many bytes are looked at together.
inline constexpr size_t kVarintBlock = 64;

// The value of a varint of at most 8 bytes, given with its continuation bits.
constexpr uint64_t squeeze_varint(uint64_t bytes) {
  bytes &= 0x7f7f7f7f7f7f7f7fu;
  bytes = (bytes & 0x7f007f007f007f00u) >> 1 | (bytes & 0x007f007f007f007fu);
  bytes = (bytes & 0x3fff00003fff0000u) >> 2 | (bytes & 0x00003fff00003fffu);
  return (bytes & 0x0fffffff00000000u) >> 4 | (bytes & 0x000000000fffffffu);
}

// The top bits of kVarintBlock bytes, that of the first lowest.
inline uint64_t plain_top_bits(const uint8_t* from) {
  uint64_t bits = 0;
  for (unsigned i = 0; i < kVarintBlock; i += 8) {
    uint64_t bytes;
    std::memcpy(&bytes, from + i, sizeof bytes);
    bytes = (bytes & 0x8080808080808080u) >> 7;
    bits |= (bytes * 0x0102040810204080u >> 56) << i;
  }
  return bits;
}
#ifdef __SSE2__
inline uint64_t top_bits(const uint8_t* from) {
  uint64_t bits = 0;
  for (unsigned i = 0; i < kVarintBlock; i += 16) {
    const __m128i bytes =
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i));
    bits |= uint64_t(uint32_t(_mm_movemask_epi8(bytes))) << i;
  }
  return bits;
}
#else
inline uint64_t top_bits(const uint8_t* from) {
  return plain_top_bits(from);
}
#endif

// One varint; moves `at` behind it. False: malformed.
inline bool read_varint(const uint8_t*& at, const uint8_t* end,
                        uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && at != end; shift += 7) {
    const uint8_t byte = *at++;
    value |= uint64_t(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

// Unpacks a packed field of at most `limit` varints. False: malformed or too
// many.
template <typename T>
bool unpack_varints(ByteSpan bytes, size_t limit, std::vector<T>& out) {
  // Every value takes a byte at least, so this allocates no more than there
  // is, and what a block may write ahead.
  const size_t most = std::min(bytes.size(), limit);
  out.resize(most + kVarintBlock);
  T* to = out.data();
  const T* const last = to + most;
  const uint8_t* at = bytes.data();
  const uint8_t* const end = at + bytes.size();
  // Eight more, as values are read eight bytes at a time.
  while (size_t(end - at) >= kVarintBlock + 8 && to <= last) {
    uint64_t ends = ~top_bits(at);
    if (~ends == 0) {
      for (size_t i = 0; i < kVarintBlock; ++i) to[i] = T(at[i]);
      to += kVarintBlock;
      at += kVarintBlock;
      continue;
    }
    unsigned from = 0;
    for (; ends != 0; ends &= ends - 1) {
      const unsigned past = unsigned(std::countr_zero(ends)) + 1;
      const unsigned size = past - from;
      if (size > 8) break;
      uint64_t value;
      std::memcpy(&value, at + from, sizeof value);
      *to++ = T(squeeze_varint(value & (~uint64_t{0} >> (64 - 8 * size))));
      from = past;
    }
    at += from;
    if (from != 0) continue;
    uint64_t value;  // of nine or ten bytes
    if (!read_varint(at, end, value)) return false;
    *to++ = T(value);
  }
  while (at != end) {
    uint64_t value;
    if (to >= last || !read_varint(at, end, value)) return false;
    *to++ = T(value);
  }
  if (to > last) return false;
  out.resize(size_t(to - out.data()));
  return true;
}

}  // namespace vestige
