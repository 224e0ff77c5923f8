// SPDX-License-Identifier: Apache-2.0
//
// vestige events: everything that was recorded, in the order of the file.
#include <fmt/format.h>

#include "format/arg_text.h"
#include "format/escape.h"
#include "format/trace_reader.h"
#include "replay/cli/command.h"
#include "replay/cli/event_json.h"
#include "replay/cli/event_lines.h"
#include "replay/filter/filter.h"

namespace vestige::cli {
namespace {

// Walks through a trace with the state as of each event.
class EventList {
 public:
  EventList(const Options& options, TraceReader& reader, filter::Filter& filter,
            const EventLines& lines)
      : options_(options), reader_(reader), filter_(filter), lines_(lines) {}

  // How many events matched.
  Result<uint64_t> print();

 private:
  void print_line(const Event& event, const ProcessRow& process);
  [[nodiscard]] int64_t unix_ns(uint64_t boot_ns) const {
    return reader_.header().start.unix_at(boot_ns);
  }

  const Options& options_;
  TraceReader& reader_;
  filter::Filter& filter_;
  const EventLines& lines_;
  EventViewer viewer_{reader_.header()};
};

Result<uint64_t> EventList::print() {
  uint64_t matched = 0;
  lines_.print_header();
  while (true) {
    const auto item = TRY(reader_.next());
    if (!item) return matched;
    if (item.snapshot) viewer_.apply(*item.snapshot);
    if (item.loss) viewer_.apply(*item.loss);
    if (!item.event) continue;
    const EventView& view = viewer_.apply(*item.event, item.position);
    const ProcessRow& process = view.process->row;
    if (!is_wanted(options_, process.id) || !filter_.matches(view)) continue;
    ++matched;
    if (lines_.print(view)) continue;
    if (options_.json)
      event_json(*item.event, item.position, unix_ns(item.event->time_ns),
                 &process)
          .print();
    else
      print_line(*item.event, process);
  }
}

void EventList::print_line(const Event& event, const ProcessRow& process) {
  std::string line =
      fmt::format("{}  {}[{}]  ", clock_text(unix_ns(event.time_ns)),
                  escaped(process.comm), event.tid);
  line.append(event_text(event)).push_back('\n');
  std::fwrite(line.data(), 1, line.size(), stdout);
}

}  // namespace

Result<int> run_events(const Options& options) {
  auto filter = TRY(filter::Filter::compile(
      fmt::format("{}", fmt::join(options.filter, " "))));
  const EventLines lines = TRY(EventLines::make(options));
  TraceReader reader = TRY(TraceReader::open(options.file));
  for (const std::string& name : filter.unanswerable())
    fmt::print(stderr, "vestige: {} is not in a trace: it never matches\n",
               name);
  const uint64_t matched =
      TRY(EventList(options, reader, filter, lines).print());
  std::fflush(stdout);
  if (!reader.is_complete())
    fmt::print(stderr,
               "vestige: the trace has no end: it is what could be "
               "read of it\n");
  print_losses(reader.end());
  constexpr int kNothing = 1;
  return !options.filter.empty() && matched == 0 ? kNothing : 0;
}

}  // namespace vestige::cli
