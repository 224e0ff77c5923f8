// SPDX-License-Identifier: Apache-2.0
#include "tui/time_range.h"

#include <algorithm>

namespace vestige::tui {

TimeRange whole_range(const Case& data) {
  const Facts& facts = data.facts();
  TimeRange range{data.header().start.boot_ns, data.end().end.boot_ns};
  const bool has_start = range.from_ns != 0;
  const auto take = [&](uint64_t first_ns, uint64_t last_ns) {
    if (first_ns == 0) return;
    if (!has_start && (range.from_ns == 0 || first_ns < range.from_ns)) {
      range.from_ns = first_ns;
    }
    range.to_ns = std::max(range.to_ns, std::max(first_ns, last_ns));
  };
  for (const FileRow& row : facts.files) {
    take(row.seen.first_ns, row.seen.last_ns);
  }
  for (const NetRow& row : facts.net) take(row.seen.first_ns, row.seen.last_ns);
  for (const ExecRow& row : facts.execs) take(row.time_ns, 0);
  for (const ProcessRow& row : facts.processes) take(0, row.end_ns);
  range.to_ns = std::max(range.to_ns, range.from_ns);
  return range;
}

}  // namespace vestige::tui
