// SPDX-License-Identifier: Apache-2.0
//
// Questions whose answers are rows, asked of one trace all at once: the trace
// is read once for events, once for facts and once for findings, as needed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "replay/export/exporter.h"
#include "replay/filter/filter.h"
#include "replay/rules/rule_set.h"

namespace vestige {

// UTC, both ends included. A row is inside if any of its time is.
struct Interval {
  int64_t from_ns = INT64_MIN;
  int64_t to_ns = INT64_MAX;

  [[nodiscard]] bool overlaps(int64_t first_ns, int64_t last_ns) const {
    return first_ns <= to_ns && last_ns >= from_ns;
  }
};

struct Query {
  RowKind kind = RowKind::kEvent;
  filter::Filter filter;
  std::vector<RowSink*> sinks;
  uint64_t rows = 0;  // that matched, of all traces
};

struct QueryRun {
  std::string path;
  std::span<Query> queries;
  Interval interval;
  RuleSet* rules = nullptr;  // for RowKind::kFinding
};

struct QueryEnd {
  uint64_t events = 0;
  bool is_complete = false;
  TraceEnd end;
  std::vector<Loss> losses;  // each one, with its time where it is known
};
// Rows go to the sinks in the order of the trace, kind by kind.
Result<QueryEnd> run_queries(const QueryRun& run);

}  // namespace vestige
