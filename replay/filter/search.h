// SPDX-License-Identifier: Apache-2.0
//
// Finds the events of a trace that a filter matches, reading as little of it
// as can be: chunks that the index rules out are passed over, columns that
// nobody asks for are not unpacked, and state is rebuilt only as far as the
// fields that are asked for depend on it.
//
//   Search search(path, filter, format.needs());
//   TRY(search.run([&](const EventView& view) { ...; return true; }));
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "format/result.h"
#include "format/trace_reader.h"
#include "replay/event_view.h"
#include "replay/filter/filter.h"

namespace vestige::filter {

// What was done to find the answer.
struct SearchReport {
  Scope scope = Scope::kAll;  // of what was rebuilt to ask the filter
  uint32_t columns = 0;       // read, enum Columns
  bool by_processes = false;  // only chunks of processes with the wanted name
  uint64_t processes = 0;     // with by_processes: how many there were
  uint64_t chunks_read = 0;   // of events, each pass counted
  uint64_t chunks_skipped = 0;
  uint64_t events_read = 0;   // decoded
  uint64_t events_asked = 0;  // given to the filter
  uint64_t matched = 0;
  bool second_pass = false;  // for what is shown of matches
};

class Search {
 public:
  // False ends the search.
  using Visit = std::function<bool(const EventView& view)>;

  // shown: what visit() needs of the view beyond what the filter does. The
  // filter must outlive the search.
  Search(std::string path, Filter& filter, const Needs& shown);

  // Calls visit() for each match, in the order of the trace. Losses found in
  // what was read are in end().
  Result<void> run(const Visit& visit);
  // The same from everything that can be read, without any cleverness.
  Result<void> run_plainly(const Visit& visit);

  [[nodiscard]] const SearchReport& report() const { return report_; }
  [[nodiscard]] const TraceEnd& end() const { return end_; }
  [[nodiscard]] bool is_complete() const { return is_complete_; }

 private:
  using Pids = std::optional<std::set<uint32_t>>;
  using Positions = std::optional<std::set<Position>>;

  // One pass over the trace.
  struct Pass {
    Needs needs;
    std::optional<Question> question;
    // The matches, when they are known; nullptr: the filter is asked.
    const std::set<Position>* positions = nullptr;
  };

  Result<void> read(const Pass& pass, const Visit& visit);
  bool give(const Pass& pass, EventViewer& viewer, const Event& event,
            Position at, const Visit& visit);
  [[nodiscard]] bool is_of_types(const Event& event) const;
  Result<void> find_first(EventViewer& viewer);
  Result<bool> has_start_times();
  Result<Pids> named_processes();
  Result<void> add_children(std::set<uint32_t>& pids);
  Result<Positions> find();
  [[nodiscard]] Question question_of(const Needs& needs) const;

  std::string path_;
  Filter& filter_;
  Needs shown_;
  Bounds bounds_;
  bool has_known_types_;
  mutable std::unordered_map<const Descriptor*, bool> is_wanted_;
  SearchReport report_;
  TraceEnd end_;
  bool is_complete_ = false;
};

}  // namespace vestige::filter
