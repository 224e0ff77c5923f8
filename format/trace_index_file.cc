// SPDX-License-Identifier: Apache-2.0
#include "format/trace_index_file.h"

#include <algorithm>

#include "format/trace_codec.h"
#include "format/trace_sections.h"

namespace vestige {
namespace {

bool add_content(ByteSpan raw, size_t most_chunks, size_t& filter_budget,
                 TraceIndex& index) {
  return each_section(raw, [&](uint32_t number, ByteSpan content) {
    if (number == kSectionIndex && !decode_index(content, index.chunks))
      return false;
    if (number == kSectionFilters &&
        !decode_filters(content, index.filters, filter_budget))
      return false;
    return std::max(index.chunks.size(), index.filters.size()) <= most_chunks;
  });
}

// False, and what is in `index` means nothing, if there is no good one.
Result<bool> read_index(TraceFile& file, const TraceId& trace_id,
                        FrameDecompressor& decompressor, IndexParts parts,
                        TraceIndex& index) {
  const auto tail = TRY(tail_mark(file, trace_id));
  if (!tail) return false;
  const auto end = TRY(file.mark_at(tail->link));
  if (!end || end->kind != ChunkKind::kEnd) return false;
  uint64_t at =
      tail->link + mark_bytes(end->frames.size()) + end->stored_size();
  const auto mark = TRY(file.mark_at(at));
  if (!mark || mark->kind != ChunkKind::kIndex || mark->trace_id != trace_id)
    return false;
  at += mark_bytes(mark->frames.size());
  // Every chunk has a mark in the file.
  const auto most_chunks = size_t(file.size() / kMarkFixedBytes);
  ByteBuffer stored, raw;
  uint64_t raw_bytes = 0;
  size_t filter_budget = kMaxFilterItems;
  for (size_t i = 0; i < mark->frames.size(); ++i) {
    const FrameEntry& entry = mark->frames[i];
    if (parts == IndexParts::kPlaces && entry.columns == kColumnFilters) {
      at += entry.stored_size;
      continue;
    }
    raw_bytes += entry.raw_size;
    if (raw_bytes > kMaxIndexBytes) return false;
    const ByteSpan bytes = TRY(file.read(at, entry.stored_size, stored));
    if (bytes.size() != entry.stored_size ||
        !decompressor.decompress(bytes, *mark, i, raw) ||
        !add_content(raw.bytes(), most_chunks, filter_budget, index))
      return false;
    at += entry.stored_size;
  }
  if (index.filters.size() != index.chunks.size()) index.filters.clear();
  return true;
}

void add_mark(const Mark& mark, uint64_t offset, TraceIndex& index) {
  if (mark.kind != ChunkKind::kEvents && mark.kind != ChunkKind::kSnapshot)
    return;
  index.chunks.push_back({.chunk = mark.chunk,
                          .kind = mark.kind,
                          .offset = offset,
                          .events = mark.events,
                          .min_time_ns = mark.min_time_ns,
                          .max_time_ns = mark.max_time_ns});
}

}  // namespace

Result<std::optional<Mark>> tail_mark(TraceFile& file,
                                      const TraceId& trace_id) {
  if (file.size() < mark_bytes(0)) return std::optional<Mark>();
  auto tail = TRY(file.mark_at(file.size() - mark_bytes(0)));
  if (tail && (tail->kind != ChunkKind::kTail || tail->trace_id != trace_id))
    tail.reset();
  return tail;
}

Result<TraceIndex> load_index(TraceFile& file, const TraceId& trace_id,
                              FrameDecompressor& decompressor,
                              IndexParts parts) {
  TraceIndex index;
  if (TRY(read_index(file, trace_id, decompressor, parts, index))) return index;
  index = {};
  uint64_t at = 0;
  while (at < file.size()) {
    auto mark = TRY(file.mark_at(at));
    if (!mark || mark->trace_id != trace_id) {
      const auto found = TRY(file.find_mark(at + 1, file.size()));
      if (!found) break;
      at = found->offset;
      continue;
    }
    add_mark(*mark, at, index);
    at += mark_bytes(mark->frames.size()) + mark->stored_size();
  }
  return index;
}

}  // namespace vestige
