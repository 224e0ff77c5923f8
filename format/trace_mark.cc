// SPDX-License-Identifier: Apache-2.0
#include "format/trace_mark.h"

#include <xxhash.h>

#include <algorithm>

namespace vestige {
namespace {

constexpr size_t kHashBytes = 8;

template <typename T>
void put(ByteBuffer& out, const T& value) {
  out.append(&value, sizeof value);
}

// The caller has checked that the bytes are there.
class FixedReader {
 public:
  explicit FixedReader(const uint8_t* at) : at_(at) {}

  template <typename T>
  FixedReader& get(T& value) {
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return *this;
  }

 private:
  const uint8_t* at_;
};

void get_entry(FixedReader& from, FrameEntry& entry) {
  from.get(entry.columns)
      .get(entry.stored_size)
      .get(entry.raw_size)
      .get(entry.flags)
      .get(entry.hash)
      .get(entry.digest);
}

bool is_plausible(const Mark& mark) {
  uint64_t bytes = 0;
  for (const FrameEntry& frame : mark.frames) bytes += frame.raw_size;
  return mark.events <= kMaxChunkEvents && bytes <= kMaxChunkBytes &&
         std::ranges::all_of(mark.frames, [](const FrameEntry& frame) {
           return frame.stored_size <= kMaxFrameBytes &&
                  frame.raw_size <= kMaxFrameBytes;
         });
}

}  // namespace

uint64_t Mark::stored_size() const {
  uint64_t sum = 0;
  for (const FrameEntry& frame : frames) sum += frame.stored_size;
  return sum;
}

uint64_t hash_bytes(ByteSpan bytes, uint64_t seed) {
  return XXH64(bytes.data(), bytes.size(), seed);
}

void encode_mark(const Mark& mark, ByteBuffer& out) {
  const size_t from = out.size();
  put(out, kSkippableMagic);
  put(out, uint32_t(mark_bytes(mark.frames.size()) - 8));
  put(out, kMarkMagic);
  put(out, mark.format);
  put(out, mark.kind);
  put(out, uint16_t(mark.frames.size()));
  put(out, mark.chunk);
  put(out, mark.trace_id);
  put(out, mark.offset);
  put(out, mark.events_before);
  put(out, uint64_t(mark.events));
  put(out, mark.min_time_ns);
  put(out, mark.max_time_ns);
  put(out, mark.link);
  put(out, mark.previous);
  for (const FrameEntry& frame : mark.frames) {
    put(out, frame.columns);
    put(out, frame.stored_size);
    put(out, frame.raw_size);
    put(out, frame.flags);
    put(out, frame.hash);
    put(out, frame.digest);
  }
  put(out, hash_bytes(out.bytes().subspan(from)));
}

size_t mark_size(ByteSpan bytes) {
  if (bytes.size() < kMarkPrefixBytes) return 0;
  if (!std::equal(kSkippableMagic.begin(), kSkippableMagic.end(),
                  bytes.begin()) ||
      !std::equal(kMarkMagic.begin(), kMarkMagic.end(), bytes.begin() + 8))
    return 0;
  uint32_t body = 0;
  FixedReader(bytes.data() + 4).get(body);
  const bool fits =
      body + 8u >= kMarkFixedBytes && body + 8u <= mark_bytes(kMaxFrames);
  return fits ? body + 8u : 0;
}

std::optional<Mark> decode_mark(ByteSpan bytes) {
  const size_t size = mark_size(bytes);
  if (size == 0 || bytes.size() < size) return {};
  uint64_t hash = 0;
  FixedReader(bytes.data() + size - kHashBytes).get(hash);
  if (hash != hash_bytes(bytes.first(size - kHashBytes))) return {};

  Mark mark;
  uint16_t frames = 0;
  uint64_t events = 0;
  FixedReader from(bytes.data() + 16);
  from.get(mark.format).get(mark.kind).get(frames).get(mark.chunk);
  if (mark.format > kTraceFormat) return mark;
  if (size != mark_bytes(frames)) return {};
  from.get(mark.trace_id)
      .get(mark.offset)
      .get(mark.events_before)
      .get(events)
      .get(mark.min_time_ns)
      .get(mark.max_time_ns)
      .get(mark.link)
      .get(mark.previous);
  mark.events = uint32_t(std::min<uint64_t>(events, UINT32_MAX));
  mark.frames.resize(frames);
  for (FrameEntry& entry : mark.frames) get_entry(from, entry);
  if (!is_plausible(mark)) return {};
  return mark;
}

}  // namespace vestige
