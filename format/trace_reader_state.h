// SPDX-License-Identifier: Apache-2.0
//
// What is behind TraceReader. trace_reader.cc goes from chunk to chunk,
// trace_reader_chunk.cc looks into one. Both take a step: what there is to
// give before the next chunk is looked at. trace_reader_ahead.cc may do so on
// another thread: then steps, and `descriptors`, are all that is shared.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "format/trace_decoder.h"
#include "format/trace_file.h"
#include "format/trace_reader.h"
#include "format/trace_reader_ahead.h"

namespace vestige {

struct TraceReader::Step {
  explicit Step(DescriptorTable& descriptors) : decoder(descriptors) {}

  void clear(uint32_t columns);
  // Whether there may be another one now.
  [[nodiscard]] bool goes_on() const {
    return !error && !is_at_end && !is_waiting;
  }

  std::vector<Loss> queue;  // to be given before the chunk's events
  size_t queue_at = 0;
  bool has_snapshot = false;
  Snapshot snapshot;
  ChunkDecoder decoder;
  std::vector<ByteBuffer> raws;  // one per frame, live as long as the chunk
  std::vector<uint32_t> wanted;  // events of it, when there is a screen
  bool has_columns = false;      // the chunk's, not given yet
  uint32_t chunk = 0;
  std::pair<uint64_t, uint64_t> chunk_times;
  bool is_waiting = false;  // followed, and nothing new
  bool is_at_end = false;
  std::optional<Error> error;

  // How far reading had come.
  uint64_t events_before_chunk = 0;
  uint64_t offset = 0;
  uint64_t file_size = 0;
  uint64_t chunks_skipped = 0;
  uint64_t chunks_screened = 0;
  bool is_complete = false;
  bool is_damaged = false;
};

struct TraceReader::State {
  State(TraceFile file_in, const ReadOptions& options)
      : file(std::move(file_in)),
        columns(needed_columns(options.columns)),
        question(options.question),
        screen(options.screen),
        share(options.share),
        shares(options.shares),
        follows(options.follows),
        pace(options.pace),
        identity(options.identity),
        outside_only(options.outside_only),
        first_step(descriptors) {}

  Result<void> begin();
  Result<void> recover_header();
  Result<void> unlock();
  Result<void> go_on();
  void take(Step& step);
  Result<void> advance();
  Result<void> resynchronise(uint64_t from);
  Result<bool> is_waiting();
  bool is_in_sequence(const Mark& mark);
  bool is_share_of_others(const Mark& mark) const;
  bool is_wanted(const Mark& mark) const;
  Result<const TraceIndex*> need_index();
  void go_to(size_t entry);
  void go_to_begin();
  void forget();
  Result<void> load(const Mark& mark);
  Result<bool> load_chunk(const Mark& mark, uint64_t frames_at);
  Result<bool> load_screened(const Mark& mark, uint64_t frames_at);
  Result<bool> load_frames(const Mark& mark, uint64_t frames_at,
                           uint32_t wanted, uint32_t loaded = 0);
  ByteBuffer& raw_of(const Mark& mark, size_t frame);
  bool use_frame(const Mark& mark, size_t frame);
  [[nodiscard]] ColumnChunk columns_of(const Mark& mark) const;
  bool use_content(ChunkKind kind, ByteSpan raw);
  void complete_chunk(const Mark& mark);
  void lose(Loss loss);
  void come_to_end();
  void conclude();
  Result<void> show_only(uint16_t number);
  // What is of none, or of one that there is not, is shown with the first.
  [[nodiscard]] bool is_shown(uint16_t of) const {
    return origin == 0 || (of == 0 || of > origins ? 1 : of) == origin;
  }
  const Event& shown(const Event& event);

  TraceFile file;
  uint32_t columns;
  std::optional<Question> question;
  std::optional<Screen> screen;
  uint32_t share;
  uint32_t shares;
  bool follows;
  Pace pace;
  const Identity* identity;
  bool outside_only;
  bool is_locked = false;  // and without a key
  uint16_t origin = 0;     // only what is of it is given; 0: all
  size_t origins = 0;      // how many there are
  Event shown_event;       // as if there was no other origin
  std::shared_ptr<const TraceIndex> index_of_file;
  DescriptorTable descriptors;
  FrameDecompressor decompressor;
  ByteBuffer stored;

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

  bool gives_columns = false;  // and no events
  ColumnChunk given_columns;
  size_t snapshot_budget = 0;  // what may still be added to the snapshot
  Loss given_loss;

  uint64_t events_given = 0;
  uint64_t events_before_chunk = 0;
  uint64_t chunks_skipped = 0;
  uint64_t chunks_screened = 0;
  std::vector<Loss> stored_totals;
  std::vector<Loss> found_totals;
  TraceEnd end;
  bool is_concluded = false;

  Step first_step;
  Step* made = &first_step;      // being taken
  Step* given = &first_step;     // the same, unless they are taken ahead
  std::unique_ptr<Ahead> ahead;  // last: its thread uses all above
};

}  // namespace vestige
