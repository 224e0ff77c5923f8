// SPDX-License-Identifier: Apache-2.0
#include "format/trace_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "format/trace_codec.h"
#include "format/trace_decoder.h"
#include "format/trace_file.h"
#include "format/trace_index_file.h"

namespace vestige {
namespace {

// How far into a file the first mark is looked for when the beginning is
// damaged. A foreign file is refused after that.
constexpr uint64_t kFirstMarkWithin = 2 * uint64_t{kMaxFrameBytes};
constexpr uint64_t kMaxMarkBytes = mark_bytes(kMaxFrames);

void add_total(std::vector<Loss>& totals, const Loss& loss) {
  const auto same = std::ranges::find(totals, loss.reason, &Loss::reason);
  if (same == totals.end()) {
    totals.push_back(loss);
    totals.back().where.clear();
    return;
  }
  same->count += loss.count;
  same->from_ns = std::min(same->from_ns, loss.from_ns);
  same->to_ns = std::max(same->to_ns, loss.to_ns);
}

}  // namespace

struct TraceReader::State {
  State(TraceFile file_in, const ReadOptions& options)
      : file(std::move(file_in)),
        columns(needed_columns(options.columns)),
        question(options.question),
        follows(options.follows),
        decoder(descriptors) {}

  Result<void> begin();
  Result<void> recover_header();
  Result<void> advance();
  Result<void> resynchronise(uint64_t from);
  Result<bool> is_waiting();
  bool is_in_sequence(const Mark& mark);
  bool is_wanted(const Mark& mark) const;
  Result<const TraceIndex*> need_index();
  void go_to(size_t entry);
  void go_to_begin();
  void forget();
  Result<void> load(const Mark& mark);
  Result<bool> load_frames(const Mark& mark, uint64_t frames_at);
  bool use_frame(const Mark& mark, size_t frame, ByteSpan stored);
  bool use_content(ChunkKind kind, ByteSpan raw);
  bool complete_chunk(const Mark& mark);
  void lose(Loss loss);
  void come_to_end();

  TraceFile file;
  uint32_t columns;
  std::optional<Question> question;
  bool follows;
  std::optional<TraceIndex> index_of_file;
  DescriptorTable descriptors;
  ChunkDecoder decoder;
  FrameDecompressor decompressor;
  ByteBuffer stored;
  std::vector<ByteBuffer> raws;  // one per frame, live as long as the chunk

  TraceHeader header;
  TraceId trace_id = {};
  uint64_t offset = 0;         // where the next mark should be
  uint32_t next_chunk = 0;     // number it should have
  uint64_t events_before = 0;  // events it should have before it
  uint64_t last_ns = 0;
  bool has_header = false;
  bool has_end = false;
  bool has_tail = false;
  bool at_end = false;

  std::vector<Loss> queue;  // to be given before the chunk's events
  size_t queue_at = 0;
  uint32_t chunk = 0;  // being given
  uint64_t events_before_chunk = 0;
  uint32_t index = 0;
  std::pair<uint64_t, uint64_t> chunk_times;
  bool has_columns = false;  // the chunk's, not given yet
  ColumnChunk given_columns;
  bool has_snapshot = false;
  Snapshot snapshot;
  Loss given_loss;

  uint64_t events_given = 0;
  uint64_t chunks_skipped = 0;
  std::vector<Loss> stored_totals;
  std::vector<Loss> found_totals;
  TraceEnd end;
};

// ---- Opening

Result<void> TraceReader::State::begin() {
  const auto refuse = [this](std::string_view why) {
    return Error{ErrorKind::kBadInput, fmt::format("{}: {}", file.path(), why)};
  };
  if (file.size() == 0) return refuse("is empty, so not a Vestige trace");
  auto mark = TRY(file.mark_at(0));
  if (!mark) {
    auto found = TRY(file.find_mark(1, kFirstMarkWithin));
    if (!found) return refuse("is not a Vestige trace (no mark at offset 0)");
    mark = std::move(found->mark);
  }
  if (mark->format > kTraceFormat)
    return refuse(fmt::format(
        "has format {}, but this program reads formats up to {}: use a newer "
        "one",
        mark->format, kTraceFormat));
  trace_id = mark->trace_id;
  if (question) TRY(need_index());
  TRY(advance());
  if (!has_header) TRY(recover_header());
  return {};
}

// The end record repeats the header.
Result<void> TraceReader::State::recover_header() {
  const auto tail = TRY(tail_mark(file, trace_id));
  if (!tail) return {};
  const auto end_mark = TRY(file.mark_at(tail->link));
  if (!end_mark || end_mark->kind != ChunkKind::kEnd ||
      end_mark->frames.size() != 1)
    return {};
  const FrameEntry& entry = end_mark->frames[0];
  ByteBuffer bytes, raw;
  const auto frame =
      TRY(file.read(tail->link + mark_bytes(1), entry.stored_size, bytes));
  if (decompressor.decompress(frame, entry, raw)) {
    (void)use_content(ChunkKind::kEnd, raw.bytes());
    has_end = false;  // not there yet
    end = {};
  }
  return {};
}

// ---- From chunk to chunk

// Goes to the next chunk that has something to give.
Result<void> TraceReader::State::advance() {
  queue.clear();
  queue_at = 0;
  has_snapshot = false;
  snapshot = {};
  has_columns = false;
  decoder.begin(0, columns);
  if (follows && TRY(is_waiting())) return {};
  if (offset >= file.size()) {
    come_to_end();
    return {};
  }
  const auto mark = TRY(file.mark_at(offset));
  if (!mark || mark->trace_id != trace_id) return resynchronise(offset);
  return load(*mark);
}

// The chunk to come is not there, or not whole, but may be later. What is
// damaged further on is damage: a writer only appends.
Result<bool> TraceReader::State::is_waiting() {
  if (has_tail) return false;
  TRY(file.look_again());
  if (offset >= file.size()) return true;
  const auto mark = TRY(file.mark_at(offset));
  if (mark) {
    return offset + mark_bytes(mark->frames.size()) + mark->stored_size() >
           file.size();
  }
  return file.size() - offset < kMaxMarkBytes;
}

// Looks for the next mark of this trace after damage at `from`.
Result<void> TraceReader::State::resynchronise(uint64_t from) {
  const uint64_t damaged = from;
  for (;;) {
    auto found = TRY(file.find_mark(from + 1, file.size()));
    if (!found) {
      lose({.reason = LossReason::kFileTruncated,
            .where = fmt::format("offset {}: the last {} bytes are no "
                                 "complete chunk",
                                 damaged, file.size() - damaged)});
      offset = file.size();
      return {};
    }
    from = found->offset;
    const Mark& mark = found->mark;
    if (mark.trace_id != trace_id || mark.chunk < next_chunk) continue;
    lose({.reason = LossReason::kChunkCorrupt,
          .count = mark.events_before > events_before
                       ? mark.events_before - events_before
                       : 0,
          .from_ns = last_ns,
          .to_ns = mark.min_time_ns,
          .where = fmt::format("offset {} to {}: no intact mark", damaged,
                               found->offset)});
    next_chunk = mark.chunk;
    events_before = mark.events_before;
    offset = found->offset;
    return {};
  }
}

// False: the chunk was met before. Reports chunks that are missing.
bool TraceReader::State::is_in_sequence(const Mark& mark) {
  if (mark.chunk < next_chunk) {
    lose({.reason = LossReason::kChunkCorrupt,
          .where = fmt::format("offset {}: chunk {} is out of order, passed "
                               "over",
                               offset, mark.chunk)});
    return false;
  }
  if (mark.chunk > next_chunk)
    lose({.reason = LossReason::kChunkCorrupt,
          .count = mark.events_before > events_before
                       ? mark.events_before - events_before
                       : 0,
          .from_ns = last_ns,
          .to_ns = mark.min_time_ns,
          .where = fmt::format("offset {}: chunks {} to {} are missing", offset,
                               next_chunk, mark.chunk - 1)});
  return true;
}

Result<void> TraceReader::State::load(const Mark& mark) {
  const uint64_t at = offset;
  const uint64_t frames_at = at + mark_bytes(mark.frames.size());
  offset = frames_at + mark.stored_size();
  if (!is_in_sequence(mark)) return {};
  next_chunk = mark.chunk + 1;
  events_before = mark.events_before + mark.events;
  const bool fits = offset <= file.size();
  if (!is_wanted(mark)) {
    ++chunks_skipped;
    return {};
  }
  if (fits && TRY(load_frames(mark, frames_at)) && complete_chunk(mark))
    return {};

  decoder.begin(0, columns);
  has_snapshot = false;
  lose({.reason = fits ? LossReason::kChunkCorrupt : LossReason::kFileTruncated,
        .count = mark.events,
        .from_ns = mark.min_time_ns,
        .to_ns = mark.max_time_ns,
        .where = fmt::format("offset {}: chunk {} is {}", at, mark.chunk,
                             fits ? "damaged" : "cut off")});
  // Its sizes may not lead to the next mark: look from here.
  const auto found = TRY(file.find_mark(frames_at, file.size()));
  offset = found ? found->offset : file.size();
  return {};
}

// ---- With the index

Result<const TraceIndex*> TraceReader::State::need_index() {
  if (!index_of_file) index_of_file = TRY(load_index(file, trace_id));
  return &*index_of_file;
}

bool TraceReader::State::is_wanted(const Mark& mark) const {
  if (!question || mark.kind != ChunkKind::kEvents || mark.events == 0)
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
  at_end = has_end = has_tail = has_snapshot = has_columns = false;
  queue.clear();
  queue_at = 0;
  decoder.begin(0, columns);
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

Result<bool> TraceReader::State::load_frames(const Mark& mark,
                                             uint64_t frames_at) {
  raws.resize(std::max(raws.size(), mark.frames.size()));
  decoder.begin(mark.events, columns);
  const bool wants_all =
      std::ranges::all_of(mark.frames, [this](const FrameEntry& frame) {
        return (frame.columns & columns) != 0;
      });
  ByteSpan all;
  if (wants_all && mark.stored_size() <= kMaxFrameBytes)
    all = TRY(file.read(frames_at, size_t(mark.stored_size()), stored));
  uint64_t at = 0;
  for (size_t i = 0; i < mark.frames.size(); ++i) {
    const FrameEntry& entry = mark.frames[i];
    const uint64_t from = std::exchange(at, at + entry.stored_size);
    if (!(entry.columns & columns)) continue;
    ByteSpan bytes;
    if (all.size() >= at)
      bytes = all.subspan(from, entry.stored_size);
    else
      bytes = TRY(file.read(frames_at + from, entry.stored_size, stored));
    if (bytes.size() != entry.stored_size || !use_frame(mark, i, bytes))
      return false;
  }
  return true;
}

bool TraceReader::State::use_frame(const Mark& mark, size_t frame,
                                   ByteSpan bytes) {
  ByteBuffer& raw = raws[frame];
  if (!decompressor.decompress(bytes, mark.frames[frame], raw)) return false;
  return mark.kind == ChunkKind::kEvents ? decoder.add(raw.bytes())
                                         : use_content(mark.kind, raw.bytes());
}

// The sections of the chunks that do not hold events.
bool TraceReader::State::use_content(ChunkKind kind, ByteSpan raw) {
  WireCursor trace(raw);
  while (!trace.at_end()) {
    const auto outer = trace.field();
    if (outer.number != kTraceSection || !outer.is_bytes) continue;
    WireCursor section(outer.bytes);
    while (!section.at_end()) {
      const auto field = section.field();
      if (field.number == kSectionHeader && kind == ChunkKind::kHeader) {
        if (!decode_header(field.bytes, header)) return false;
        has_header = true;
      } else if (field.number == kSectionEnd && kind == ChunkKind::kEnd) {
        TraceHeader again;
        if (!decode_end(field.bytes, end, again)) return false;
        if (!has_header) header = std::move(again);
        has_header = has_end = true;
      } else if (field.number == kSectionSnapshot &&
                 kind == ChunkKind::kSnapshot) {
        if (!decode_snapshot(field.bytes, snapshot)) return false;
        has_snapshot = true;
      }
    }
    if (!section.ok()) return false;
  }
  return trace.ok();
}

bool TraceReader::State::complete_chunk(const Mark& mark) {
  has_tail |= mark.kind == ChunkKind::kTail;
  last_ns = std::max(last_ns, mark.max_time_ns);
  if (mark.kind != ChunkKind::kEvents) return true;
  if (mark.events > 0 && !decoder.finish()) return false;
  chunk = mark.chunk;
  events_before_chunk = mark.events_before;
  index = 0;
  has_columns = mark.events > 0;
  chunk_times = {mark.min_time_ns, mark.max_time_ns};
  for (const Loss& loss : decoder.losses()) {
    add_total(stored_totals, loss);
    queue.push_back(loss);
  }
  return true;
}

// ---- Losses and the end

void TraceReader::State::lose(Loss loss) {
  add_total(found_totals, loss);
  queue.push_back(std::move(loss));
}

void TraceReader::State::come_to_end() {
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
  if (!has_end) {
    end.events = events_given;
    end.bytes = file.size();
    end.container = header.container;
    end.end.boot_ns = last_ns;
    end.end.unix_ns = header.start.unix_at(last_ns);
    end.losses = stored_totals;
  }
  for (const Loss& loss : found_totals) add_total(end.losses, loss);
}

// ---- The reader

TraceReader::TraceReader(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
TraceReader::TraceReader(TraceReader&&) noexcept = default;
TraceReader& TraceReader::operator=(TraceReader&&) noexcept = default;
TraceReader::~TraceReader() = default;

Result<TraceReader> TraceReader::open(const std::string& path,
                                      const ReadOptions& options) {
  auto state = std::make_unique<State>(TRY(TraceFile::open(path)), options);
  TRY(state->begin());
  return TraceReader(std::move(state));
}

const TraceHeader& TraceReader::header() const {
  return state_->header;
}

Result<TraceReader::Item> TraceReader::next() {
  State& state = *state_;
  for (;;) {
    if (state.queue_at < state.queue.size()) {
      state.given_loss = std::move(state.queue[state.queue_at++]);
      return Item{.loss = &state.given_loss};
    }
    if (std::exchange(state.has_snapshot, false))
      return Item{.snapshot = &state.snapshot};
    if (const Event* event = state.decoder.next()) {
      ++state.events_given;
      return Item{.event = event, .position = {state.chunk, state.index++}};
    }
    if (state.at_end) return Item{};
    const uint64_t before = state.offset;
    TRY(state.advance());
    // Followed, and nothing new: losses would stand in the queue.
    if (state.follows && state.offset == before && state.queue.empty())
      return Item{};
  }
}

Result<const ColumnChunk*> TraceReader::next_columns() {
  State& state = *state_;
  while (!std::exchange(state.has_columns, false)) {
    if (state.at_end) return nullptr;
    TRY(state.advance());
  }
  ColumnChunk& given = state.given_columns;
  given = state.decoder.columns();
  given.chunk = state.chunk;
  given.min_time_ns = state.chunk_times.first;
  given.max_time_ns = state.chunk_times.second;
  state.events_given += given.events;
  return &given;
}

Result<void> TraceReader::seek_time(uint64_t time_ns) {
  const TraceIndex* index = TRY(state_->need_index());
  state_->go_to_begin();
  for (size_t i = index->chunks.size(); i-- > 0;) {
    const IndexEntry& chunk = index->chunks[i];
    if (chunk.kind != ChunkKind::kSnapshot || chunk.max_time_ns > time_ns)
      continue;
    state_->go_to(i);
    break;
  }
  return {};
}

Result<bool> TraceReader::seek(Position position) {
  const TraceIndex* index = TRY(state_->need_index());
  const auto entry =
      std::ranges::find(index->chunks, position.chunk, &IndexEntry::chunk);
  if (entry == index->chunks.end() || position.index >= entry->events)
    return false;
  state_->go_to(size_t(entry - index->chunks.begin()));
  TRY(state_->advance());
  if (state_->chunk != position.chunk) return false;
  while (state_->index < position.index) {
    if (!state_->decoder.next()) return false;
    ++state_->index;
  }
  return true;
}

uint64_t TraceReader::events_before_chunk() const {
  return state_->events_before_chunk;
}

uint64_t TraceReader::chunks_skipped() const {
  return state_->chunks_skipped;
}

const TraceEnd& TraceReader::end() const {
  return state_->end;
}

const Descriptor* TraceReader::descriptor(EventType type) const {
  const Descriptor* embedded = state_->descriptors.find(type);
  return embedded ? embedded : find_descriptor(type);
}

uint64_t TraceReader::offset() const {
  return state_->offset;
}

uint64_t TraceReader::size() const {
  return state_->file.size();
}

bool TraceReader::is_complete() const {
  return state_->has_end;
}

}  // namespace vestige
