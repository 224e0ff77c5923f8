// SPDX-License-Identifier: Apache-2.0
#include "format/trace_reader_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "format/trace_codec.h"
#include "format/trace_index_file.h"
#include "format/trace_sections.h"

namespace vestige {
namespace {

void add_total(std::vector<Loss>& totals, const Loss& loss) {
  const auto same = std::ranges::find(totals, loss.reason, &Loss::reason);
  if (same == totals.end()) {
    totals.push_back(loss);
    totals.back().where.clear();
    totals.back().origin = 0;
    return;
  }
  same->count += loss.count;
  same->from_ns = std::min(same->from_ns, loss.from_ns);
  same->to_ns = std::max(same->to_ns, loss.to_ns);
}

}  // namespace

// ---- With the index

Result<const TraceIndex*> TraceReader::State::need_index() {
  const auto parts = question ? IndexParts::kAll : IndexParts::kPlaces;
  if (!index_of_file)
    index_of_file = std::make_shared<const TraceIndex>(
        TRY(load_index(file, trace_id, decompressor, parts)));
  return index_of_file.get();
}

bool TraceReader::State::is_share_of_others(const Mark& mark) const {
  return mark.kind == ChunkKind::kEvents && shares > 1 &&
         mark.chunk % shares != share;
}

bool TraceReader::State::is_wanted(const Mark& mark) const {
  if (is_locked && std::ranges::any_of(mark.frames, [](const auto& frame) {
        return (frame.flags & kFrameEncrypted) != 0;
      }))
    return false;
  if (!index_of_file || !question || mark.kind != ChunkKind::kEvents ||
      mark.events == 0)
    return true;
  const auto& chunks = index_of_file->chunks;
  const auto entry =
      std::ranges::lower_bound(chunks, mark.chunk, {}, &IndexEntry::chunk);
  if (entry == chunks.end() || entry->chunk != mark.chunk ||
      entry->offset != mark.offset)
    return true;  // the index does not fit: read
  return may_answer(*index_of_file, size_t(entry - chunks.begin()), *question);
}

void TraceReader::State::forget() {
  ahead.reset();
  made = given = &first_step;
  given->clear(columns);
  at_end = has_end = has_tail = is_concluded = false;
  events_given = 0;
  stored_totals.clear();
  found_totals.clear();
  end = {};
}

void TraceReader::State::go_to_begin() {
  forget();
  offset = 0;
  next_chunk = 0;
  events_before = last_ns = 0;
}

void TraceReader::State::go_to(size_t entry) {
  forget();
  const auto& chunks = index_of_file->chunks;
  offset = chunks[entry].offset;
  next_chunk = chunks[entry].chunk;
  last_ns = chunks[entry].min_time_ns;
  events_before = 0;
  for (size_t i = 0; i < entry; ++i) events_before += chunks[i].events;
}

// ---- Inside a chunk

Result<bool> TraceReader::State::load_chunk(const Mark& mark,
                                            uint64_t frames_at) {
  made->raws.resize(std::max(made->raws.size(), mark.frames.size()));
  const bool has_events = mark.kind == ChunkKind::kEvents && mark.events > 0;
  if (has_events && screen) return load_screened(mark, frames_at);
  if (gives_columns)
    made->decoder.begin_columns(mark.events, columns);
  else
    made->decoder.begin(mark.events, columns);
  snapshot_budget = kMaxSnapshotItems;
  if (!TRY(load_frames(mark, frames_at, columns))) return false;
  return !has_events || made->decoder.finish();
}

// First what the screen looks at; the rest when it wants some of the events.
Result<bool> TraceReader::State::load_screened(const Mark& mark,
                                               uint64_t frames_at) {
  const uint32_t looked_at = needed_for_columns(screen->columns);
  made->decoder.begin_columns(mark.events, looked_at);
  if (!TRY(load_frames(mark, frames_at, looked_at)) || !made->decoder.finish())
    return false;
  made->wanted.clear();
  screen->choose(columns_of(mark), made->wanted);
  if (made->wanted.empty()) {
    ++chunks_screened;
    made->decoder.give_nothing();
    return true;
  }
  made->decoder.begin(mark.events, columns);
  return TRY(load_frames(mark, frames_at, columns, looked_at)) &&
         made->decoder.finish(made->wanted);
}

// Those of the wanted columns; what was loaded before is used again.
Result<bool> TraceReader::State::load_frames(const Mark& mark,
                                             uint64_t frames_at,
                                             uint32_t wanted_columns,
                                             uint32_t loaded) {
  const bool wants_all = std::ranges::all_of(
      mark.frames, [wanted_columns, loaded](const FrameEntry& frame) {
        return (frame.columns & wanted_columns & ~loaded) != 0;
      });
  ByteSpan all;
  if (wants_all && mark.stored_size() <= kMaxFrameBytes)
    all = TRY(file.read(frames_at, size_t(mark.stored_size()), stored));
  uint64_t at = 0;
  for (size_t i = 0; i < mark.frames.size(); ++i) {
    const FrameEntry& entry = mark.frames[i];
    const uint64_t from = std::exchange(at, at + entry.stored_size);
    if (!(entry.columns & wanted_columns)) continue;
    if (!(entry.columns & loaded)) {
      const ByteSpan bytes =
          all.size() >= at
              ? all.subspan(from, entry.stored_size)
              : TRY(file.read(frames_at + from, entry.stored_size, stored));
      if (bytes.size() != entry.stored_size ||
          !decompressor.decompress(bytes, mark, i, raw_of(mark, i)))
        return false;
    }
    if (!use_frame(mark, i)) return false;
  }
  return true;
}

// Columns point into their frames, everything else is copied.
ByteBuffer& TraceReader::State::raw_of(const Mark& mark, size_t frame) {
  return made->raws[mark.kind == ChunkKind::kEvents ? frame : 0];
}

bool TraceReader::State::use_frame(const Mark& mark, size_t frame) {
  const ByteSpan raw = raw_of(mark, frame).bytes();
  return mark.kind == ChunkKind::kEvents ? made->decoder.add(raw)
                                         : use_content(mark.kind, raw);
}

ColumnChunk TraceReader::State::columns_of(const Mark& mark) const {
  ColumnChunk out = made->decoder.columns();
  out.chunk = mark.chunk;
  out.min_time_ns = mark.min_time_ns;
  out.max_time_ns = mark.max_time_ns;
  return out;
}

// The sections of the chunks that do not hold events.
bool TraceReader::State::use_content(ChunkKind kind, ByteSpan raw) {
  return each_section(raw, [this, kind](uint32_t number, ByteSpan content) {
    if (number == kSectionHeader && kind == ChunkKind::kHeader && !has_header)
      return has_header = decode_header(content, header);
    if (number == kSectionSnapshot && kind == ChunkKind::kSnapshot)
      return made->has_snapshot =
                 decode_snapshot(content, made->snapshot, snapshot_budget);
    if (number != kSectionEnd || kind != ChunkKind::kEnd) return true;
    TraceHeader again;
    if (!decode_end(content, end, again)) return false;
    has_end = true;
    if (!has_header) {
      header = std::move(again);
      has_header = true;
    }
    return true;
  });
}

void TraceReader::State::complete_chunk(const Mark& mark) {
  has_tail |= mark.kind == ChunkKind::kTail;
  last_ns = std::max(last_ns, mark.max_time_ns);
  made->chunk = mark.chunk;
  if (mark.kind != ChunkKind::kEvents) return;
  events_before_chunk = mark.events_before;
  made->has_columns = mark.events > 0 && !screen;
  made->chunk_times = {mark.min_time_ns, mark.max_time_ns};
  for (const Loss& loss : made->decoder.losses()) {
    if (!is_shown(loss.origin)) continue;
    add_total(stored_totals, loss);
    made->queue.push_back(loss);
    if (origin != 0) made->queue.back().origin = 0;
  }
}

// ---- Losses and the end

void TraceReader::State::lose(Loss loss) {
  add_total(found_totals, loss);
  made->queue.push_back(std::move(loss));
}

void TraceReader::State::come_to_end() {
  made->is_at_end = true;
  if (at_end) return;
  at_end = true;
  const bool known = std::ranges::any_of(found_totals, [](const Loss& loss) {
    return loss.reason == LossReason::kFileTruncated;
  });
  if (!has_tail && !known)
    lose({.reason = LossReason::kFileTruncated,
          .where = fmt::format("offset {}: {}", file.size(),
                               has_end ? "what follows the end record is "
                                         "missing"
                                       : "the end record is missing")});
}

// When all has been given.
void TraceReader::State::conclude() {
  if (std::exchange(is_concluded, true)) return;
  if (!has_end) {
    end.events = events_given;
    end.bytes = file.size();
    end.container = header.container;
    end.end.boot_ns = last_ns;
    end.end.unix_ns = header.start.unix_at(last_ns);
    end.losses = stored_totals;
  }
  // Its own last words.
  if (origin != 0 && origin <= end.origins.size())
    end = TraceEnd(end.origins[origin - 1u]);
  for (const Loss& loss : found_totals) add_total(end.losses, loss);
}

}  // namespace vestige
