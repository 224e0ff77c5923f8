// SPDX-License-Identifier: Apache-2.0
//
// A trace built by verbs, asked by filters: which events match, by number.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

#include "replay/event_view.h"
#include "replay/filter/filter.h"
#include "tests/replay/trace_builder.h"

namespace vestige::filter {

// Calls visit(view) for each event.
template <typename Visit>
void for_each_view(TraceBuilder& trace, const TraceHeader& header,
                   Visit visit) {
  EventViewer viewer(header);
  for (const Snapshot& snapshot : trace.snapshots()) viewer.apply(snapshot, {});
  uint32_t index = 0;
  for (TraceBuilder::Stored& stored : trace.events()) {
    stored.event.parts = stored.parts;
    visit(viewer.apply(stored.event, {0, index++}));
  }
}

inline std::vector<int> matching(TraceBuilder& trace, std::string_view text,
                                 const Definitions& definitions = {},
                                 const TraceHeader& header = {}) {
  auto filter = Filter::compile(text, definitions);
  EXPECT_TRUE(filter) << (filter ? "" : filter.error().message);
  std::vector<int> numbers;
  if (!filter) return numbers;
  for_each_view(trace, header, [&](const EventView& view) {
    if (filter->matches(view)) numbers.push_back(int(view.number));
  });
  return numbers;
}

inline std::string compile_error(std::string_view text,
                                 const Definitions& definitions = {}) {
  auto filter = Filter::compile(text, definitions);
  return filter ? "" : filter.error().message;
}

}  // namespace vestige::filter
