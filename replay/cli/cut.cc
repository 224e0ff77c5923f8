// SPDX-License-Identifier: Apache-2.0
//
// vestige cut: a smaller trace that names its parent.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "format/escape.h"
#include "format/trace_reader.h"
#include "replay/cli/time_arg.h"
#include "replay/cli/tools.h"
#include "replay/filter/matcher.h"

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
  std::optional<filter::Matcher> filter;
  if (!plan.filter.empty()) {
    filter = TRY(filter::Matcher::open(plan.file, plan.filter));
    what.words += " --filter " + plan.filter;
    what.wants = [&, by_pid = std::move(what.wants)](const Event& event,
                                                     Position at) {
      return filter->matches(at) && (!by_pid || by_pid(event, at));
    };
  }
  return run_copy(plan.output,
                  [&](const std::string& to, const CopyOptions& options) {
                    return cut_trace(plan.file, to, what, options);
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
