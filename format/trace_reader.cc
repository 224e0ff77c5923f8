// SPDX-License-Identifier: Apache-2.0
#include "format/trace_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "format/crypto.h"
#include "format/trace_codec.h"
#include "format/trace_index_file.h"
#include "format/trace_reader_state.h"
#include "format/trace_view.h"

namespace vestige {
namespace {

// How far into a file the first mark is looked for when the beginning is
// damaged. A foreign file is refused after that.
constexpr uint64_t kFirstMarkWithin = 2 * uint64_t{kMaxFrameBytes};
constexpr uint64_t kMaxMarkBytes = mark_bytes(kMaxFrames);

}  // namespace

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
  take(*given);
  if (given->error) return *given->error;
  if (!has_header) TRY(recover_header());
  if (!header.recipients.empty()) TRY(unlock());
  if (question) TRY(need_index());
  return {};
}

Result<void> TraceReader::State::unlock() {
  std::optional<Identity> own;
  if (!identity) {
    own = TRY(Identity::from_environment());
    if (own) identity = &*own;
  }
  const auto key = identity ? identity->unwrap(header.recipients)
                            : std::optional<SecretKey>();
  const bool has_key = identity != nullptr;
  if (own) identity = nullptr;
  if (key) {
    decompressor.set_key(*key, trace_id);
    return {};
  }
  is_locked = true;
  if (outside_only) return {};
  return Error{
      ErrorKind::kBadInput,
      fmt::format("{}: is encrypted to key {}; {}", file.path(),
                  fingerprint(header.recipients.front().recipient),
                  has_key ? "the private key that was given is another"
                          : "say with --identity or $VESTIGE_IDENTITY where "
                            "the private key is")};
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
  if (decompressor.decompress(frame, *end_mark, 0, raw)) {
    (void)use_content(ChunkKind::kEnd, raw.bytes());
    has_end = false;  // not there yet
    end = {};
  }
  return {};
}

// ---- Of a merged trace, one

Result<void> TraceReader::State::show_only(uint16_t number) {
  if (number > header.origins.size())
    return Error{ErrorKind::kUsage,
                 fmt::format("{}: is made of {} traces, there is no number {}",
                             file.path(), header.origins.size(), number)};
  origin = number;
  origins = header.origins.size();
  columns = needed_columns(columns | kColumnTask);  // which tell whose it is
  // What is moved is inside of what it replaces.
  TraceHeader own = std::move(header.origins[number - 1u]);
  own.parents = std::move(header.parents);
  own.recipients = std::move(header.recipients);
  header = std::move(own);
  has_header = true;
  return {};
}

const Event& TraceReader::State::shown(const Event& event) {
  if (origin == 0) return event;
  shown_event = event;
  shown_event.origin = 0;
  return shown_event;
}

// ---- From chunk to chunk

void TraceReader::Step::clear(uint32_t columns) {
  queue.clear();
  queue_at = 0;
  has_snapshot = has_columns = is_waiting = is_at_end = false;
  snapshot = {};
  chunk = 0;  // the header's, where no events are
  error.reset();
  decoder.begin(0, columns);
}

// To the next step that is to be given.
Result<void> TraceReader::State::go_on() {
  // Without a header the end record is to tell it, while others ask for it.
  if (pace == Pace::kAhead && has_header && Ahead::is_of_use() && !ahead)
    ahead = std::make_unique<Ahead>(*this);
  Step* next = ahead ? ahead->next(given) : nullptr;
  if (next)
    given = next;
  else
    take(*given);
  if (given->error) return *given->error;
  return {};
}

void TraceReader::State::take(Step& step) {
  made = &step;
  step.clear(columns);
  if (auto done = advance(); !done) step.error = std::move(done).error();
  step.events_before_chunk = events_before_chunk;
  step.offset = offset;
  step.file_size = file.size();
  step.chunks_skipped = chunks_skipped;
  step.chunks_screened = chunks_screened;
  step.is_complete = has_end;
  step.is_damaged = std::ranges::any_of(found_totals, [](const Loss& loss) {
    return loss.reason == LossReason::kChunkCorrupt || loss.count > 0;
  });
}

// Looks at the next chunk.
Result<void> TraceReader::State::advance() {
  if (follows && TRY(is_waiting())) {
    made->is_waiting = true;
    return {};
  }
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
  if (is_share_of_others(mark)) return {};
  if (!is_wanted(mark)) {
    ++chunks_skipped;
    return {};
  }
  if (fits && TRY(load_chunk(mark, frames_at))) {
    complete_chunk(mark);
    return {};
  }

  made->decoder.begin(0, columns);
  made->has_snapshot = false;
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

// ---- The reader

TraceReader::TraceReader(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
TraceReader::TraceReader(TraceReader&&) noexcept = default;
TraceReader& TraceReader::operator=(TraceReader&&) noexcept = default;
TraceReader::~TraceReader() = default;

Result<TraceReader> TraceReader::open(const std::string& path,
                                      const ReadOptions& options) {
  const TraceView view = parse_view(path);
  auto state =
      std::make_unique<State>(TRY(TraceFile::open(view.file)), options);
  TRY(state->begin());
  if (view.origin != 0) TRY(state->show_only(view.origin));
  return TraceReader(std::move(state));
}

Result<TraceReader> TraceReader::again(const ReadOptions& options) const {
  auto state = std::make_unique<State>(
      TRY(TraceFile::open(state_->file.path())), options);
  // One that was only to go to places has no filters.
  if (state_->question || !options.question)
    state->index_of_file = state_->index_of_file;
  TRY(state->begin());
  if (is_view()) TRY(state->show_only(state_->origin));
  return TraceReader(std::move(state));
}

const TraceId& TraceReader::trace_id() const {
  return state_->trace_id;
}
const TraceHeader& TraceReader::header() const {
  return state_->header;
}

bool TraceReader::is_view() const {
  return state_->origin != 0;
}

const TraceIndex* TraceReader::index() const {
  return state_->question ? state_->index_of_file.get() : nullptr;
}

Result<TraceReader::Item> TraceReader::next() {
  State& state = *state_;
  for (;;) {
    Step& step = *state.given;
    if (step.queue_at < step.queue.size()) {
      state.given_loss = std::move(step.queue[step.queue_at++]);
      return Item{.loss = &state.given_loss};
    }
    if (std::exchange(step.has_snapshot, false) &&
        state.is_shown(step.snapshot.origin)) {
      if (state.origin != 0) step.snapshot.origin = 0;
      return Item{.position = {step.chunk, 0}, .snapshot = &step.snapshot};
    }
    while (const Event* event = step.decoder.next()) {
      if (!state.is_shown(event->origin)) continue;
      ++state.events_given;
      return Item{.event = &state.shown(*event),
                  .position = {step.chunk, step.decoder.index()}};
    }
    if (step.is_at_end) {
      state.conclude();
      return Item{};
    }
    TRY(state.go_on());
    if (state.given->is_waiting) return Item{};
  }
}

Result<const ColumnChunk*> TraceReader::next_columns() {
  State& state = *state_;
  if (state.origin != 0)
    return Error{ErrorKind::kUsage,
                 "a view of a merged trace is not given as columns"};
  // Only once: what takes steps ahead reads it.
  if (!state.gives_columns) state.gives_columns = true;
  while (!std::exchange(state.given->has_columns, false)) {
    if (state.given->is_at_end) {
      state.conclude();
      return nullptr;
    }
    TRY(state.go_on());
  }
  const Step& step = *state.given;
  ColumnChunk& given = state.given_columns;
  given = step.decoder.columns();
  given.chunk = step.chunk;
  given.min_time_ns = step.chunk_times.first;
  given.max_time_ns = step.chunk_times.second;
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
  Step& step = *state_->given;
  state_->take(step);
  if (step.error) return *step.error;
  if (step.chunk != position.chunk) return false;
  for (uint32_t i = 0; i < position.index; ++i)
    if (!step.decoder.next()) return false;
  return true;
}

uint64_t TraceReader::events_before_chunk() const {
  return state_->given->events_before_chunk;
}

uint64_t TraceReader::chunks_skipped() const {
  return state_->given->chunks_skipped;
}

uint64_t TraceReader::chunks_screened() const {
  return state_->given->chunks_screened;
}

const TraceEnd& TraceReader::end() const {
  return state_->end;
}

const Descriptor* TraceReader::descriptor(EventType type) const {
  const Descriptor* embedded = state_->descriptors.find(type);
  return embedded ? embedded : find_descriptor(type);
}

bool TraceReader::is_damaged() const {
  return state_->given->is_damaged;
}

uint64_t TraceReader::offset() const {
  return state_->given->offset;
}

uint64_t TraceReader::size() const {
  return state_->given->file_size;
}

bool TraceReader::is_locked() const {
  return state_->is_locked;
}

bool TraceReader::is_complete() const {
  return state_->given->is_complete;
}

}  // namespace vestige
