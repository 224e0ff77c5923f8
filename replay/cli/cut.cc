// SPDX-License-Identifier: Apache-2.0
//
// vestige cut: a smaller trace that names its parent.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "format/escape.h"
#include "format/trace_reader.h"
#include "format/trace_view.h"
#include "replay/cli/time_arg.h"
#include "replay/cli/tools.h"
#include "replay/event_view.h"
#include "replay/filter/filter.h"

namespace vestige::cli {
namespace {

struct Plan {
  std::string file;
  std::string from;
  std::string to;
  std::vector<uint32_t> pids;
  std::string filter;
  OutputOptions output;
};

// An instant as people write it, on the clock of the events.
Result<uint64_t> parse_time(const std::string& text, const ClockPair& start) {
  if (text.starts_with('+'))
    if (const auto ns = parse_seconds(std::string_view(text).substr(1)))
      return start.boot_ns + uint64_t(*ns);
  if (const auto unix_ns = parse_utc(text)) {
    const int64_t boot = *unix_ns - start.unix_ns + int64_t(start.boot_ns);
    return uint64_t(std::max<int64_t>(boot, 0));
  }
  return Error{ErrorKind::kUsage,
               fmt::format("'{}' is not a time: write +SECONDS since the start "
                           "of the trace, or UTC as 2026-11-23T14:03:07Z",
                           escaped(text))};
}

// A filter asks for the state as of each event, so it reads the trace on its
// own, in step with who copies it.
class EventFilter {
 public:
  static Result<EventFilter> open(const std::string& path,
                                  const std::string& text) {
    auto filter = TRY(filter::Filter::compile(text));
    auto reader = TRY(TraceReader::open(path));
    TRY(require_one_boot(reader.header(), path));
    return EventFilter(std::move(reader), std::move(filter));
  }
  bool matches(Position wanted) {
    for (;;) {
      const auto item = reader_->next();
      if (!item || !*item) return false;
      if (item->snapshot) viewer_->apply(*item->snapshot);
      if (item->loss) viewer_->apply(*item->loss);
      if (!item->event) continue;
      const EventView& view = viewer_->apply(*item->event, item->position);
      if (item->position == wanted) return filter_->matches(view);
    }
  }

 private:
  EventFilter(TraceReader reader, filter::Filter filter)
      : reader_(std::make_unique<TraceReader>(std::move(reader))),
        filter_(std::make_unique<filter::Filter>(std::move(filter))),
        viewer_(std::make_unique<EventViewer>(reader_->header())) {}

  std::unique_ptr<TraceReader> reader_;
  std::unique_ptr<filter::Filter> filter_;
  std::unique_ptr<EventViewer> viewer_;
};

Result<int> cut(const Plan& plan) {
  const ClockPair start = TRY(TraceReader::open(plan.file)).header().start;
  Cut what;
  if (!plan.from.empty()) {
    what.from_ns = TRY(parse_time(plan.from, start));
    what.words += "--from " + plan.from;
  }
  if (!plan.to.empty()) {
    what.to_ns = TRY(parse_time(plan.to, start));
    what.words += " --to " + plan.to;
  }
  if (!plan.pids.empty()) {
    what.wants = [&plan](const Event& event, Position) {
      return std::ranges::find(plan.pids, event.pid) != plan.pids.end();
    };
    for (const uint32_t pid : plan.pids)
      what.words += fmt::format(" --pid {}", pid);
  }
  std::optional<EventFilter> filter;
  if (!plan.filter.empty()) {
    filter = TRY(EventFilter::open(plan.file, plan.filter));
    what.words += " --filter " + plan.filter;
    what.wants = [&, by_pid = std::move(what.wants)](const Event& event,
                                                     Position at) {
      return filter->matches(at) && (!by_pid || by_pid(event, at));
    };
  }
  return run_copy(plan.output, [&](const CopyOptions& options) {
    return cut_trace(plan.file, plan.output.path, what, options);
  });
}

}  // namespace

Tool add_cut(CLI::App& app) {
  auto plan = std::make_shared<Plan>();
  app.add_option("FILE", plan->file, "the trace")->required();
  app.add_option("--from", plan->from, "first instant to keep");
  app.add_option("--to", plan->to, "last instant to keep");
  app.add_option("--pid", plan->pids, "only events of these processes");
  app.add_option("--filter", plan->filter,
                 "only events that match, as of vestige events");
  add_output_options(app, plan->output);
  return [plan] { return cut(*plan); };
}

}  // namespace vestige::cli
