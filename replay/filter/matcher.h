// SPDX-License-Identifier: Apache-2.0
//
// A filter for who copies a trace event by event. It asks for the state as of
// each event, so it reads the trace on its own, in step with the copier.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "format/trace_copy.h"
#include "format/trace_reader.h"
#include "replay/event_view.h"
#include "replay/filter/filter.h"

namespace vestige::filter {

class Matcher {
 public:
  static Result<Matcher> open(const std::string& path, const std::string& text);
  static Result<Matcher> open(const std::string& path, Filter filter);

  // Whether the event there matches. Positions must rise.
  bool matches(Position wanted);

 private:
  Matcher(TraceReader reader, Filter filter)
      : reader_(std::make_unique<TraceReader>(std::move(reader))),
        filter_(std::make_unique<Filter>(std::move(filter))),
        viewer_(std::make_unique<EventViewer>(reader_->header())) {}

  std::unique_ptr<TraceReader> reader_;
  std::unique_ptr<Filter> filter_;
  std::unique_ptr<EventViewer> viewer_;
};

// Makes the trace `to` of the first `most` events that match; snapshots stay.
Result<CopyReport> cut_matches(const std::string& from, const std::string& to,
                               const Filter& filter,
                               uint64_t most = UINT64_MAX);

}  // namespace vestige::filter
