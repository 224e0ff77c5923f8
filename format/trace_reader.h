// SPDX-License-Identifier: Apache-2.0
//
// Reads a trace, complete or not. Damage is passed over and reported as
// losses; everything that is intact is read. Layout: FORMAT.md.
//
// Not thread-safe; several readers may read one file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "format/column_chunk.h"
#include "format/event.h"
#include "format/header.h"
#include "format/result.h"
#include "format/snapshot.h"
#include "format/trace_columns.h"
#include "format/trace_index.h"

namespace vestige {

// Which events of a chunk are worth being put together. A chunk that has none
// is not decoded any further.
struct Screen {
  uint32_t columns = 0;  // that choose() looks at
  // Gives the indexes of the events that next() is to give, rising.
  std::function<void(const ColumnChunk& chunk, std::vector<uint32_t>& wanted)>
      choose;
};

enum class Pace : uint8_t {
  kInTurn,
  // Where there is a second processor, another thread decodes chunks that
  // next() will give, two at most. What is given is the same; a screen is
  // called by that thread.
  kAhead,
};

struct ReadOptions {
  // What to decode (enum Columns). Fields and parts of the rest are zero or
  // absent; a payload that was left out still tells its full_size.
  uint32_t columns = kAllColumns;
  // Chunks that cannot hold an answer are passed over. Those that are read
  // give all their events: the caller looks at each.
  std::optional<Question> question;
  // Applied to the chunks that the question has left; for next() only.
  std::optional<Screen> screen;
  // Of `shares` readers that divide the chunks of events among them, which
  // one this is. Chunks of the others are passed over.
  uint32_t share = 0;
  uint32_t shares = 1;
  // For a trace that is still being written: until its end record is there,
  // the end of the file is no loss, and next() may give more later.
  bool follows = false;
  // kAhead: for who reads on and has work of his own with the events.
  Pace pace = Pace::kInTurn;
  // Opens encrypted traces; must outlive the reader. Null: the one that
  // $VESTIGE_IDENTITY names.
  const Identity* identity = nullptr;
  // An encrypted trace without a key: pass over what is secret, so that the
  // rest can be told, instead of refusing the trace.
  bool outside_only = false;
};

class TraceReader {
 public:
  // `path` may be a view of a merged trace (format/trace_view.h).
  // kBadInput for a foreign file, a newer format, or one that is encrypted to
  // others, naming path and reason.
  static Result<TraceReader> open(const std::string& path,
                                  const ReadOptions& options = {});
  // Another reader of the same file, from its beginning. An index that this
  // one has loaded is shared.
  [[nodiscard]] Result<TraceReader> again(const ReadOptions& options) const;
  TraceReader(TraceReader&&) noexcept;
  TraceReader& operator=(TraceReader&&) noexcept;
  ~TraceReader();

  [[nodiscard]] const TraceHeader& header() const;
  [[nodiscard]] const TraceId& trace_id() const;
  // Whether it gives only what is of one of the traces merged into the file.
  [[nodiscard]] bool is_view() const;

  // The next item in file order: an event, a snapshot, or a loss (one stored
  // in the trace or one found while reading). Pointers are valid until the
  // next call. All null: the end of the file. Losses of a chunk come before
  // its events. Fails with kSystem only, when the file cannot be read.
  struct Item {
    const Event* event = nullptr;
    Position position;  // of the event or snapshot
    const Snapshot* snapshot = nullptr;
    const Loss* loss = nullptr;

    explicit operator bool() const { return event || snapshot || loss; }
  };
  Result<Item> next();

  // What is where, when a question was asked; else nullptr. Lives as long as
  // this or any reader made by again().
  [[nodiscard]] const TraceIndex* index() const;

  // Instead of next(): the columns of the next chunk that has events, without
  // making events of them; nullptr at the end. Losses on the way are in the
  // totals of end(), snapshots are passed over. Not of a view.
  Result<const ColumnChunk*> next_columns();

  // Goes to where reading must begin to know the state at that instant: the
  // last snapshot that was complete by then, or the beginning. What was lost
  // and counted so far is forgotten.
  Result<void> seek_time(uint64_t time_ns);
  // Goes to one event, which next() gives then. False: there is no such.
  Result<bool> seek(Position position);
  // How many events the trace has before the chunk of the last event given.
  [[nodiscard]] uint64_t events_before_chunk() const;
  // How many the question has saved, and of how many a screen wanted nothing.
  [[nodiscard]] uint64_t chunks_skipped() const;
  [[nodiscard]] uint64_t chunks_screened() const;

  // After next() has come to the end: the end record, or one with
  // EndReason::kUnknown that tells what was read. Losses hold the totals.
  [[nodiscard]] const TraceEnd& end() const;
  // All descriptors met so far, embedded ones first.
  [[nodiscard]] const Descriptor* descriptor(EventType type) const;
  [[nodiscard]] bool is_complete() const;  // has an end record
  // Chunks were met that could not be read.
  [[nodiscard]] bool is_damaged() const;
  // How far reading has come, and how long the file is, in bytes.
  [[nodiscard]] uint64_t offset() const;
  [[nodiscard]] uint64_t size() const;
  // What is secret is passed over, for want of a key.
  [[nodiscard]] bool is_locked() const;

 private:
  struct Step;
  struct State;
  class Ahead;
  explicit TraceReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vestige
