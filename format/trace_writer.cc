// SPDX-License-Identifier: Apache-2.0
#include "format/trace_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "format/crypto.h"
#include "format/trace_codec.h"
#include "format/trace_encoder.h"
#include "format/trace_frame.h"
#include "format/trace_names.h"
#include "format/trace_output.h"

namespace vestige {
namespace {

// Contents that are always read together stand in one frame.
constexpr std::array<uint32_t, 11> kFrameGroups = {
    kColumnLosses | kColumnDictionary | kColumnType,
    kColumnTask,
    kColumnResult,
    kColumnFlags,
    kColumnTime,
    kColumnTimeHigh,
    kColumnArguments,
    kColumnStrings,
    kColumnFiles,
    kColumnParts,
    kColumnPayload,
};
// But each section of these in a frame of its own: gaps and durations differ
// so much that together they compress worse.
constexpr uint32_t kApart = kColumnTime | kColumnTimeHigh;
// A chunk smaller than this is one frame: compresses better, and reading it
// costs little anyway.
constexpr size_t kOneFrameBytes = 16 * 1024;
constexpr size_t kSnapshotPieceBytes = 1 << 20;
constexpr size_t kMaxEventBytes = 16 << 20;  // of parts
constexpr size_t kMaxPendingLosses = 1024;
constexpr size_t kIndexPiece = 4096;  // entries
// What the end of a trace takes, at most, header and index apart.
constexpr size_t kLeastEndBytes = 64 * 1024;

uint64_t random_u64() {
  uint64_t value = 0;
  fill_random({reinterpret_cast<uint8_t*>(&value), sizeof value});
  return value;
}

// Adds to one of the same reason and place, if there is one.
void merge_loss(std::vector<Loss>& losses, const Loss& loss) {
  const auto same = std::ranges::find_if(losses, [&loss](const Loss& other) {
    return other.reason == loss.reason && other.where == loss.where &&
           other.origin == loss.origin;
  });
  if (same == losses.end()) {
    losses.push_back(loss);
    return;
  }
  same->count += loss.count;
  if (loss.from_ns == 0 && loss.to_ns == 0) return;
  same->from_ns =
      same->from_ns == 0 ? loss.from_ns : std::min(same->from_ns, loss.from_ns);
  same->to_ns = std::max(same->to_ns, loss.to_ns);
}

// Written into what was set aside for the end.
bool is_of_end(ChunkKind kind) {
  switch (kind) {
    case ChunkKind::kHeader:
    case ChunkKind::kEvents:
    case ChunkKind::kSnapshot: return false;
    case ChunkKind::kEnd:
    case ChunkKind::kIndex:
    case ChunkKind::kSeal:
    case ChunkKind::kTail: return true;
  }
  return false;
}

Loss without_place(Loss loss) {
  loss.where.clear();
  return loss;
}

// As decode_snapshot() counts them; a process has ten fields besides.
size_t items_of(const Snapshot& snapshot) {
  size_t items = snapshot.mounts.size();
  for (const ProcessState& process : snapshot.processes)
    items += 10 + process.argv.size() + process.env.size() +
             process.threads.size() + process.fds.size();
  return items;
}

}  // namespace

struct TraceWriter::State {
  State(TraceOutput output_in, const TraceHeader& header_in,
        const WriterOptions& options_in)
      : output(std::move(output_in)),
        header(header_in),
        options(options_in),
        encoder(random_u64()),
        names(random_u64()),
        compressor(options_in.zstd_level) {
    fill_random(chain.trace_id);
    header.recipients.clear();
    if (options.recipients.empty()) return;
    const SecretKey key = random_key();
    for (const Recipient& recipient : options.recipients)
      header.recipients.push_back(wrap_key(key, recipient));
    compressor.set_key(key, chain.trace_id);
  }

  // Of the next chunk; its frames follow.
  void begin_chunk(FrameCompressor::Secrecy secrecy) {
    frames.clear();
    compressor.begin_chunk(uint32_t(chain.chunks), secrecy);
  }
  using Secrecy = FrameCompressor::Secrecy;

  Result<void> write_header();
  Result<void> flush();
  Result<void> write_events(std::span<const RawSection> sections);
  Result<void> write_chunk(Mark mark);
  Result<void> put_chunk(Mark mark, ChunkFilter filter);
  void refuse(const Mark& mark);
  void frame_sections(std::span<const RawSection> sections, Mark& mark);
  Result<void> write_end(TraceEnd& end);
  [[nodiscard]] IndexEntry entry_of(const Mark& mark) const;
  Result<void> write_index();
  Result<void> write_seal();
  void release_encoders();

  TraceOutput output;
  TraceHeader header;
  WriterOptions options;
  ChunkSink sink;  // instead of a file
  ChunkEncoder encoder;
  NameCollector names;
  FrameCompressor compressor;
  ByteBuffer raw;     // of the frame being made
  ByteBuffer frames;  // of the chunk being made
  ByteBuffer mark_bytes;
  ChainHead chain;   // of the chunks written
  ChainHead sealed;  // as of the seal
  MerkleTree marks;
  IndexBuilder index{options.index_room};
  size_t end_bytes = kLeastEndBytes;
  uint64_t refused = 0;      // events
  uint64_t undescribed = 0;  // by encoders that were released
  uint64_t last_flush_ns = 0;
  std::vector<Loss> pending;
  std::vector<Loss> totals;
};

Result<void> TraceWriter::State::write_chunk(Mark mark) {
  if (!options.recipients.empty()) mark.format = kEncryptedFormat;
  mark.chunk = uint32_t(chain.chunks);
  mark.trace_id = chain.trace_id;
  mark.offset = output.offset();
  mark.events_before = chain.events;
  mark.previous = chain.head;
  mark_bytes.clear();
  encode_mark(mark, mark_bytes);
  if (!is_of_end(mark.kind))
    TRY(output.make_room(mark_bytes.size() + frames.size(),
                         end_bytes + index.file_bytes(),
                         options.reserve_bytes));
  TRY(output.append(mark_bytes.bytes(), frames.bytes()));
  chain.head = sha256(mark_bytes.bytes());
  chain.events += mark.events;
  ++chain.chunks;
  marks.add(merkle_leaf(mark_bytes.bytes()));
  if (options.on_chunk) options.on_chunk(chain);
  return {};
}

Result<void> TraceWriter::State::write_header() {
  Mark mark{.kind = ChunkKind::kHeader,
            .min_time_ns = header.start.boot_ns,
            .max_time_ns = header.start.boot_ns};
  raw.clear();
  encode_header(header, raw);
  begin_chunk(Secrecy::kPublic);
  mark.frames.push_back(compressor.compress(raw.bytes(), kColumnMeta, frames));
  end_bytes += 2 * raw.size();  // once more, and what is known at the end
  return write_chunk(std::move(mark));
}

void TraceWriter::State::frame_sections(std::span<const RawSection> sections,
                                        Mark& mark) {
  begin_chunk(Secrecy::kSecret);
  size_t total = 0;
  for (const RawSection& section : sections) total += section.bytes.size();
  const auto frame = [&](uint32_t group) {
    const auto is_in = [group](const RawSection& section) {
      return (section.columns & group) != 0;
    };
    const bool is_apart = std::ranges::count_if(sections, is_in) == 1 ||
                          ((group & kApart) && group != kAllColumns);
    raw.clear();
    uint32_t columns = 0;
    for (const RawSection& section : sections) {
      if (!is_in(section)) continue;
      if (is_apart) {  // large columns are not copied once more
        mark.frames.push_back(compressor.compress(
            section.bytes.bytes(), section.columns, frames, section.cuts));
        continue;
      }
      raw.append(section.bytes.bytes());
      columns |= section.columns;
    }
    if (!raw.empty())
      mark.frames.push_back(compressor.compress(raw.bytes(), columns, frames));
  };
  if (total <= kOneFrameBytes) return frame(kAllColumns);
  for (const uint32_t group : kFrameGroups) frame(group);
}

Result<void> TraceWriter::State::flush() {
  if (encoder.events() == 0 && pending.empty()) return {};
  Mark mark{.events = encoder.events(),
            .min_time_ns = encoder.min_time_ns(),
            .max_time_ns = encoder.max_time_ns()};
  frame_sections(encoder.finish(pending), mark);
  ChunkFilter filter = encoder.filter();
  names.finish(filter);
  auto written = put_chunk(mark, std::move(filter));
  encoder.clear();
  if (written)
    pending.clear();
  else
    refuse(mark);
  return written;
}

// A chunk of events or a snapshot: into the file and its index, or the sink.
Result<void> TraceWriter::State::put_chunk(Mark mark, ChunkFilter filter) {
  if (sink) {
    output.count(frames.size());
    chain.events += mark.events;
    const ByteSpan bytes = frames.bytes();
    sink({.mark = std::move(mark),
          .frames = {bytes.begin(), bytes.end()},
          .filter = std::move(filter),
          .losses = pending});
    return {};
  }
  const IndexEntry entry = entry_of(mark);
  TRY(write_chunk(std::move(mark)));
  index.add(entry, std::move(filter));
  return {};
}

// Counts the events of a chunk that the machine did not take.
void TraceWriter::State::refuse(const Mark& mark) {
  if (mark.events == 0) return;
  refused += mark.events;
  const Loss loss{.reason = LossReason::kWriteFailed,
                  .count = mark.events,
                  .from_ns = mark.min_time_ns,
                  .to_ns = mark.max_time_ns};
  merge_loss(pending, loss);
  merge_loss(totals, loss);
}

Result<void> TraceWriter::State::write_end(TraceEnd& end) {
  for (const Loss& loss : totals) merge_loss(end.losses, loss);
  if (const uint64_t count = undescribed + encoder.undescribed())
    merge_loss(end.losses,
               {.reason = LossReason::kUnknownType, .count = count});
  end.events = chain.events;
  end.bytes = output.offset();
  Mark mark{.kind = ChunkKind::kEnd,
            .min_time_ns = end.end.boot_ns,
            .max_time_ns = end.end.boot_ns};
  raw.clear();
  encode_end(end, header, raw);
  begin_chunk(Secrecy::kPublic);
  mark.frames.push_back(compressor.compress(raw.bytes(), kColumnMeta, frames));
  const uint64_t end_at = output.offset();
  TRY(write_chunk(std::move(mark)));
  TRY(write_index());
  TRY(write_seal());
  frames.clear();
  return write_chunk({.kind = ChunkKind::kTail, .link = end_at});
}

Result<void> TraceWriter::State::write_index() {
  Mark mark{.kind = ChunkKind::kIndex};
  begin_chunk(Secrecy::kSecret);
  const auto frame = [&](uint32_t columns) {
    mark.frames.push_back(compressor.compress(raw.bytes(), columns, frames));
    raw.clear();
  };
  raw.clear();
  const std::span chunks = index.index().chunks;
  const std::span filters = index.index().filters;
  for (size_t at = 0; at < chunks.size(); at += kIndexPiece) {
    const size_t count = std::min(kIndexPiece, chunks.size() - at);
    encode_index(chunks.subspan(at, count), raw);
    frame(kColumnMeta);
    encode_filters(filters.subspan(at, count), raw);
    frame(kColumnFilters);
  }
  return write_chunk(std::move(mark));
}

// What the index says of a chunk that is written next.
IndexEntry TraceWriter::State::entry_of(const Mark& mark) const {
  return {.chunk = uint32_t(chain.chunks),
          .kind = mark.kind,
          .offset = output.offset(),
          .events = mark.events,
          .min_time_ns = mark.min_time_ns,
          .max_time_ns = mark.max_time_ns};
}

Result<void> TraceWriter::State::write_seal() {
  Mark mark{.kind = ChunkKind::kSeal};
  sealed = chain;
  raw.clear();
  encode_seal(
      make_seal({.chain = chain, .root = marks.root()}, options.signing_key),
      raw);
  begin_chunk(Secrecy::kPublic);
  mark.frames.push_back(compressor.compress(raw.bytes(), kColumnMeta, frames));
  return write_chunk(std::move(mark));
}

void TraceWriter::State::release_encoders() {
  undescribed += encoder.undescribed();
  encoder = ChunkEncoder(random_u64());
  names = NameCollector(random_u64());
  raw = ByteBuffer();
  frames = ByteBuffer();
}

size_t TraceChunk::bytes() const {
  return sizeof *this + frames.capacity() + filter.bloom.capacity() +
         mark.frames.capacity() * sizeof(FrameEntry) +
         filter.types.capacity() * sizeof(EventType) +
         filter.name_indexes.capacity() * sizeof(uint32_t) +
         filter.names.capacity() + filter.pids.capacity() * sizeof(uint32_t) +
         losses.capacity() * sizeof(Loss);
}

TraceWriter::TraceWriter(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
TraceWriter::TraceWriter(TraceWriter&&) noexcept = default;
TraceWriter& TraceWriter::operator=(TraceWriter&&) noexcept = default;
TraceWriter::~TraceWriter() {
  if (state_ && state_->output.is_open()) (void)state_->flush();
}

Result<TraceWriter> TraceWriter::create(const std::string& path,
                                        const TraceHeader& header,
                                        const WriterOptions& options) {
  auto state =
      std::make_unique<State>(TRY(TraceOutput::create(path)), header, options);
  if (auto begun = state->write_header(); !begun) {
    state->output.discard();
    return std::move(begun).error();
  }
  return TraceWriter(std::move(state));
}

TraceWriter TraceWriter::in_memory(ChunkSink sink,
                                   const WriterOptions& options) {
  auto state = std::make_unique<State>(TraceOutput(), TraceHeader(), options);
  state->sink = std::move(sink);
  return TraceWriter(std::move(state));
}

Result<void> TraceWriter::append(const Event& event) {
  size_t bytes = 0;
  for (const Part& part : event.parts) bytes += part.data.size();
  if (bytes > kMaxEventBytes) {
    state_->refuse({.events = 1,
                    .min_time_ns = event.time_ns,
                    .max_time_ns = event.time_ns});
    return Error{ErrorKind::kUsage,
                 fmt::format("an event with {} bytes of parts is too large "
                             "for a trace",
                             bytes)};
  }
  state_->encoder.append(event);
  state_->names.add(event);
  const WriterOptions& options = state_->options;
  if (state_->encoder.events() >=
          std::min(options.chunk_events, kMaxChunkEvents) ||
      state_->encoder.bytes() >= options.chunk_bytes)
    return state_->flush();
  return {};
}

Result<void> TraceWriter::append(const Snapshot& snapshot) {
  if (items_of(snapshot) > kMaxSnapshotItems)
    return Error{ErrorKind::kUsage, "the snapshot is too large for a trace"};
  TRY(state_->flush());
  Mark mark{.kind = ChunkKind::kSnapshot,
            .min_time_ns = snapshot.time_ns,
            .max_time_ns = snapshot.end_ns};
  state_->begin_chunk(State::Secrecy::kSecret);
  for (const ByteBuffer& piece :
       encode_snapshot(snapshot, kSnapshotPieceBytes)) {
    if (piece.size() > kMaxFrameBytes || mark.frames.size() == kMaxFrames)
      return Error{ErrorKind::kUsage, "the snapshot is too large for a trace"};
    mark.frames.push_back(state_->compressor.compress(
        piece.bytes(), kColumnMeta, state_->frames));
  }
  return state_->put_chunk(std::move(mark), {});
}

Result<void> TraceWriter::append(const TraceChunk& chunk) {
  TRY(state_->flush());
  for (const Loss& loss : chunk.losses)
    merge_loss(state_->totals, without_place(loss));
  Mark mark = chunk.mark;
  state_->begin_chunk(State::Secrecy::kSecret);
  ByteSpan left = chunk.frames;
  for (FrameEntry& frame : mark.frames) {
    const ByteSpan stored = left.first(frame.stored_size);
    left = left.subspan(stored.size());
    frame = state_->compressor.take(stored, frame, state_->frames);
  }
  auto put = state_->put_chunk(std::move(mark), chunk.filter);
  if (!put) state_->refuse(chunk.mark);
  return put;
}

void TraceWriter::add_loss(Loss loss) {
  merge_loss(state_->totals, without_place(loss));
  if (state_->pending.size() >= kMaxPendingLosses) loss.where.clear();
  merge_loss(state_->pending, loss);
}

Result<void> TraceWriter::flush_if_due(uint64_t now_ns) {
  State& state = *state_;
  const uint64_t since = state.encoder.events() > 0
                             ? state.encoder.min_time_ns()
                             : state.last_flush_ns;
  if (now_ns < since || now_ns - since < state.options.flush_ns) return {};
  state.last_flush_ns = now_ns;
  return state.flush();
}

Result<void> TraceWriter::flush() {
  return state_->flush();
}

Result<void> TraceWriter::flush_and_release() {
  auto flushed = state_->flush();
  state_->release_encoders();
  return flushed;
}

Result<void> TraceWriter::close(TraceEnd end) {
  const uint64_t refused_before = state_->refused;
  auto flushed = flush_and_release();
  if (state_->sink) return {};
  TRY(state_->write_end(end));
  TRY(state_->output.finish());
  state_->index.clear();
  state_->release_encoders();
  // Losses alone are told by the end record, too.
  if (state_->refused == refused_before) return {};
  return flushed;
}

uint64_t TraceWriter::events() const {
  return state_->chain.events + state_->encoder.events();
}
uint64_t TraceWriter::bytes() const {
  return state_->output.offset();
}
uint64_t TraceWriter::refused() const {
  return state_->refused;
}
size_t TraceWriter::memory_bytes() const {
  return state_->encoder.memory_bytes() + state_->names.memory_bytes() +
         state_->raw.capacity() + state_->frames.capacity();
}
bool TraceWriter::is_at_reserve() const {
  return state_->output.is_at_reserve();
}
const ChainHead& TraceWriter::sealed() const {
  return state_->sealed;
}
const std::string& TraceWriter::path() const {
  return state_->output.path();
}

}  // namespace vestige
