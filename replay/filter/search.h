// SPDX-License-Identifier: Apache-2.0
//
// Finds the events of a trace that a filter matches, reading as little of it
// as can be:
//  - chunks that the index rules out are passed over;
//  - of the others, types, tasks, names and payload are looked at in columns;
//    the filter is asked about what these leave, by as many threads as there
//    are cores;
//  - what is shown is unpacked for the matches alone.
// Fields that depend on more than names of processes need state, which is
// rebuilt from all events, in their order.
//
//   Search search(path, filter, format.needs());
//   TRY(search.run([&](const EventView& view) { ...; return true; }));
//
// Not thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "format/result.h"
#include "format/trace_reader.h"
#include "replay/event_view.h"
#include "replay/filter/column_screen.h"
#include "replay/filter/filter.h"
#include "replay/filter/name_history.h"

namespace vestige::filter {

// What was done to find the answer.
struct SearchReport {
  Scope scope = Scope::kAll;      // of what was rebuilt to ask the filter
  uint32_t columns = 0;           // unpacked for the filter, enum Columns
  uint32_t columns_screened = 0;  // looked at before
  bool is_screened = false;       // by columns; otherwise with state, in order
  unsigned threads = 1;
  uint64_t names = 0;                // processes whose names were followed
  uint64_t name_events = 0;          // from so many events,
  uint64_t name_chunks = 0;          // in so many chunks that had to be read
  uint64_t indexed_name_chunks = 0;  // and so many that the index has
  uint64_t chunks_read = 0;          // that had to be unpacked
  uint64_t chunks_screened = 0;      // columns were enough to leave them
  uint64_t chunks_skipped = 0;       // left by the index
  uint64_t events_asked = 0;         // given to the filter
  uint64_t matched = 0;
  bool second_pass = false;  // for what is shown of the matches
};

class Search {
 public:
  // False ends the search.
  using Visit = std::function<bool(const EventView& view)>;

  // shown: what visit() needs of the view beyond what the filter does. The
  // filter must outlive the search.
  Search(std::string path, Filter& filter, const Needs& shown);
  // At most so many threads; all cores, unless told otherwise.
  void use_threads(unsigned threads) { threads_ = threads; }

  // Calls visit() for each match, in the order of the trace. Losses found in
  // what was read are in end().
  Result<void> run(const Visit& visit);
  // The same from everything that can be read, without any cleverness.
  Result<void> run_plainly(const Visit& visit);

  [[nodiscard]] const SearchReport& report() const { return report_; }
  [[nodiscard]] const TraceEnd& end() const { return end_; }
  [[nodiscard]] bool is_complete() const { return is_complete_; }

 private:
  using Positions = std::vector<Position>;  // rising
  // A match that nothing more need be read of: it has no parts.
  struct Match {
    Position at;
    uint64_t number;
    Event event;
  };

  // ---- By columns
  Result<bool> know_names(const Needs& needs);
  Result<bool> make_plan(const Needs& asked);
  Result<bool> find_and_show(const Needs& all, const Visit& visit);
  // nullopt: damage, or too many to keep.
  Result<std::optional<Positions>> find();
  struct Share;  // of the work of find()
  Result<void> find_share(Share& share, std::atomic<bool>& is_enough);
  Positions take(std::vector<Share>& shares);
  Result<void> show(const Positions& positions, const Needs& needs,
                    const Visit& visit);
  void show_matches(const Visit& visit);
  Result<void> stream(const Needs& needs, const Visit& visit);
  static const EventView& look(EventViewer& viewer,
                               std::optional<NameCursor>& names,
                               const Event& event, Position at);
  Result<void> ask(TraceReader& reader, Filter* filter, uint64_t& asked,
                   const Visit& visit) const;
  [[nodiscard]] Question question() const;

  // ---- With state
  Result<void> read(const Needs& needs, const Positions* positions,
                    const Visit& visit);
  bool give(const Needs& needs, const Positions* positions, EventViewer& viewer,
            const Event& event, Position at, const Visit& visit);
  [[nodiscard]] bool is_of_types(const Event& event) const;
  [[nodiscard]] Question question_of_state(const Needs& needs) const;

  Result<void> find_first_time();
  [[nodiscard]] unsigned threads() const;
  void remember_end(const TraceReader& reader);

  std::string path_;
  Filter& filter_;
  Needs shown_;
  Bounds bounds_;
  bool has_known_types_;
  unsigned threads_ = 0;
  std::optional<TraceReader> trace_;  // whose index the others share
  std::unique_ptr<NameHistory> names_;
  std::optional<ColumnScreen> screen_;
  bool is_shown_plain_ = false;    // what is shown is of no part of an event
  std::deque<TraceReader> found_;  // descriptors of matches_ are theirs
  // Rising, by share; none: there were too many, or they are not plain.
  std::vector<std::vector<Match>> matches_;
  std::optional<uint64_t> first_time_ns_;
  mutable std::unordered_map<const Descriptor*, bool> is_wanted_;
  SearchReport report_;
  TraceEnd end_;
  bool is_complete_ = false;
  bool is_damaged_ = false;  // find() met what cannot be read
};

}  // namespace vestige::filter
