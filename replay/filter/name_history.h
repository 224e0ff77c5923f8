// SPDX-License-Identifier: Apache-2.0
//
// What every process was called when, without reading more of a trace than
// the events that give names: fork, exec, prctl and exit. They are put into
// the same state that everything else is told from, so the names are the same.
//
// Immutable after read(): threads may share it. The reader must outlive it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <memory_resource>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "format/result.h"
#include "format/trace_names.h"
#include "format/trace_reader.h"
#include "replay/event_view.h"
#include "replay/filter/bounds.h"

namespace vestige::filter {

class NameHistory {
 public:
  // names: only of processes that ever had one of them, the others have none;
  // nullopt: of all. nullptr: the trace does not tell when processes began,
  // or is damaged, so that only all its events together tell.
  // The trace was opened with a question; so many threads read it.
  static Result<std::unique_ptr<NameHistory>> read(
      const TraceReader& trace, const OneOf<std::string>& names,
      unsigned threads);

  // A process that has the name, and nothing else, that this one had after
  // the event at that position. nullptr: it had none.
  [[nodiscard]] const Process* at(const TaskKey& task, Position at) const;
  // What at() says for all events of a chunk, when that is the same.
  struct Always {
    bool is_constant = false;
    const Process* process = nullptr;
  };
  [[nodiscard]] Always in_chunk(const TaskKey& task, uint32_t chunk) const;

  // Whom it is about; empty: everybody, or nobody had one of the names.
  [[nodiscard]] std::vector<uint32_t> pids() const;
  // Of how many processes, and from how many events.
  [[nodiscard]] uint64_t processes() const { return changes_.size(); }
  [[nodiscard]] uint64_t events() const { return events_; }
  // Chunks that had to be read for them, and that the index has saved.
  [[nodiscard]] uint64_t chunks_read() const { return chunks_read_; }
  [[nodiscard]] uint64_t chunks_in_index() const { return chunks_in_index_; }

 private:
  struct Change {
    Position at;
    const Process* process;
  };
  using Pids = std::set<uint32_t>;

  NameHistory(const TraceReader& trace, unsigned threads)
      : trace_(trace), threads_(threads), viewer_(trace.header()) {}
  // An event that is about names, its bytes in the share that has it.
  struct Kept {
    Position at;
    Event event;
  };
  // What one thread reads, of the chunks that fall to it.
  struct Share {
    void keep(const Event& event, Position at);

    std::optional<TraceReader> reader;  // descriptors of events are its own,
    NameDecoder decoder;                // or of what the index has
    std::pmr::monotonic_buffer_resource bytes;
    std::vector<Kept> kept;
    std::vector<std::pair<uint32_t, uint32_t>> births;  // of parent, child
    std::vector<std::pair<Position, Snapshot>> snapshots;
    bool is_damaged = false;
    std::optional<Error> error;
  };

  Result<bool> has_start_times();
  void choose_columns();
  Result<TraceReader> open(Question question, unsigned share, unsigned of);
  // Of the chunks that may answer: those that the index has the names of are
  // not read.
  struct Places {
    Question in_file;
    std::vector<size_t> in_index;  // entries
  };
  Places places(Question question);
  Result<void> read_share(Share& share, unsigned number, const Places& places);
  [[nodiscard]] bool read_index(Share& share, unsigned number,
                                const Places& places) const;
  Result<bool> keep(Question question);
  Result<bool> find_named(const std::set<std::string>& names);
  Result<bool> find_children();
  void apply_kept();
  Result<bool> follow_all();
  void apply(const Snapshot& snapshot, Position at);
  void apply(const Event& event, Position at);
  void note(const Process* process, Position at);
  void note_child(const Event& event, Position at);
  [[nodiscard]] const std::vector<Change>* changes(const TaskKey& task) const;

  const TraceReader& trace_;
  unsigned threads_;
  EventViewer viewer_;
  uint32_t columns_ = 0;  // that tell of names
  OneOf<uint32_t> pids_;  // of whom; nullopt: everybody
  // Until their state is known.
  std::deque<Share> shares_;
  std::set<uint32_t> chunks_;  // that were read
  std::map<std::string, Process, std::less<>> called_;
  std::unordered_map<uint32_t, std::vector<Change>> changes_;  // by ProcessId
  uint64_t events_ = 0;
  uint64_t chunks_read_ = 0;
  uint64_t chunks_in_index_ = 0;
};

// Asks a history about events as they come: most are of the task of the event
// before. Not thread-safe; the history must outlive it.
class NameCursor {
 public:
  explicit NameCursor(const NameHistory& names) : names_(names) {}

  [[nodiscard]] const Process* at(const TaskKey& task, Position at);

 private:
  const NameHistory& names_;
  TaskKey task_;
  uint32_t chunk_ = UINT32_MAX;
  NameHistory::Always always_;
};

}  // namespace vestige::filter
