// SPDX-License-Identifier: Apache-2.0
#include "replay/export/query.h"

#include <algorithm>

#include "format/trace_reader.h"
#include "format/trace_view.h"
#include "replay/case.h"
#include "replay/export/row_views.h"
#include "replay/rules/rule_engine.h"

namespace vestige {
namespace {

bool is_of_facts(const Query& query) {
  return query.kind != RowKind::kEvent && query.kind != RowKind::kFinding;
}
bool is_of_events(const Query& query) {
  return query.kind == RowKind::kEvent;
}
bool is_of_findings(const Query& query) {
  return query.kind == RowKind::kFinding;
}

void offer(Query& query, const EventView& row, const Interval& interval) {
  const uint64_t last_ns = row.seen ? row.seen->last_ns : row.event->time_ns;
  if (!interval.overlaps(row.unix_ns(), row.unix_ns(last_ns))) return;
  if (!query.filter.matches(row)) return;
  ++query.rows;
  for (RowSink* const sink : query.sinks) sink->add(row);
}

Result<QueryEnd> read_events(const QueryRun& run) {
  TraceReader reader = TRY(TraceReader::open(run.path, {.pace = Pace::kAhead}));
  TRY(require_one_boot(reader.header(), run.path));
  EventViewer viewer(reader.header());
  viewer.want_state_only();
  QueryEnd done;
  while (true) {
    const TraceReader::Item item = TRY(reader.next());
    if (!item) break;
    if (item.snapshot) viewer.apply(*item.snapshot, item.position);
    if (item.loss) {
      viewer.apply(*item.loss);
      done.losses.push_back(*item.loss);
    }
    if (!item.event) continue;
    const EventView& view = viewer.apply(*item.event, item.position);
    ++done.events;
    for (Query& query : run.queries)
      if (is_of_events(query)) offer(query, view, run.interval);
  }
  done.is_complete = reader.is_complete();
  done.end = reader.end();
  return done;
}

Result<QueryEnd> read_facts(const QueryRun& run) {
  const Case opened = TRY(Case::open(run.path));
  RowViews rows(opened);
  for (Query& query : run.queries)
    if (is_of_facts(query))
      rows.for_each(query.kind, [&](const EventView& row) {
        offer(query, row, run.interval);
      });
  if (std::ranges::any_of(run.queries, is_of_findings) && run.rules) {
    Suppressions none;
    RuleEngine engine(*run.rules, none, {});
    TRY(engine.run(run.path, [&](const Finding& finding) {
      rows.visit_finding(finding, [&](const EventView& row) {
        for (Query& query : run.queries)
          if (is_of_findings(query)) offer(query, row, run.interval);
      });
    }));
  }
  return QueryEnd{opened.events(), opened.is_complete(), opened.end(),
                  opened.facts().losses};
}

}  // namespace

Result<QueryEnd> run_queries(const QueryRun& run) {
  QueryEnd end;
  const bool wants_events = std::ranges::any_of(run.queries, is_of_events);
  const bool wants_others = !std::ranges::all_of(run.queries, is_of_events);
  if (wants_others) end = TRY(read_facts(run));
  if (wants_events || !wants_others) end = TRY(read_events(run));
  return end;
}

}  // namespace vestige
