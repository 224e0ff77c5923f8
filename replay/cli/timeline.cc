// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/timeline.h"

#include <algorithm>
#include <cstdio>

namespace vestige::cli {

Timeline::Timeline(std::span<const Case> cases,
                   std::vector<Table::Column> columns)
    : has_many_(cases.size() > 1), columns_(std::move(columns)) {
  if (has_many_) columns_.insert(columns_.begin(), {"TRACE"});
  columns_.insert(columns_.begin(), {"TIME"});
}

void Timeline::add(const Case& of, uint64_t time_ns, std::vector<Cell> cells) {
  const int64_t unix_ns = of.unix_ns(time_ns);
  if (has_many_) cells.insert(cells.begin(), {trace_label(of.header())});
  cells.insert(cells.begin(), {clock_text(unix_ns), Style::kDim});
  rows_.push_back({unix_ns, std::move(cells), {}});
}

void Timeline::add(const Case& of, uint64_t time_ns, JsonLine json) {
  if (has_many_) json.text("source", trace_label(of.header()));
  rows_.push_back({of.unix_ns(time_ns), {}, json.take()});
}

void Timeline::print(const Options& options) {
  // Those of one trace stand in the order in which they were found.
  std::ranges::stable_sort(rows_, {}, &Row::unix_ns);
  if (options.json) {
    for (Row& row : rows_) {
      row.json += '\n';
      std::fwrite(row.json.data(), 1, row.json.size(), stdout);
    }
    return;
  }
  Table table(columns_);
  for (Row& row : rows_) table.add(std::move(row.cells));
  table.print(options.color, options.wide ? Fit::kWhole : Fit::kCut);
}

}  // namespace vestige::cli
