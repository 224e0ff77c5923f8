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
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "format/result.h"
#include "format/trace_reader.h"
#include "replay/event_view.h"
#include "replay/filter/bounds.h"

namespace vestige::filter {

class NameHistory {
 public:
  // names: only of processes that ever had one of them, the others have none;
  // nullopt: of all. nullptr: the trace does not tell when processes began,
  // or is damaged, so that only all its events together tell.
  static Result<std::unique_ptr<NameHistory>> read(
      const TraceReader& trace, const OneOf<std::string>& names);

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

 private:
  struct Change {
    Position at;
    const Process* process;
  };
  using Pids = std::set<uint32_t>;

  explicit NameHistory(const TraceReader& trace)
      : trace_(trace), viewer_(trace.header()) {}
  Result<bool> has_start_times();
  // What of an event is about names, with the bytes.
  struct Kept {
    explicit Kept(const Event& from);
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;

    Event event;
    std::vector<Part> parts;
    std::deque<std::string> bytes;
  };

  Result<TraceReader> open(Question question);
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
  EventViewer viewer_;
  OneOf<uint32_t> pids_;  // of whom; nullopt: everybody
  // Until their state is known.
  std::deque<TraceReader> readers_;  // descriptors of events are theirs
  std::set<uint32_t> chunks_;        // that were read
  std::map<Position, Kept> kept_;
  std::vector<std::pair<Position, Snapshot>> snapshots_;
  std::map<std::string, Process, std::less<>> called_;
  std::unordered_map<uint32_t, std::vector<Change>> changes_;  // by ProcessId
  uint64_t events_ = 0;
};

}  // namespace vestige::filter
