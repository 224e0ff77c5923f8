// SPDX-License-Identifier: Apache-2.0
//
// vestige events: everything that was recorded, in the order of the file.
#include <fmt/format.h>

#include "format/arg_text.h"
#include "format/errno_text.h"
#include "format/escape.h"
#include "format/trace_reader.h"
#include "replay/cli/command.h"
#include "replay/cli/event_lines.h"
#include "replay/cli/row_json.h"
#include "replay/filter/filter.h"

namespace vestige::cli {
namespace {

std::string_view kind_name(PartKind kind) {
  switch (kind) {
#define PART_KIND(name, number, text, doc) \
  case PartKind::name:                     \
    return text;
#include "format/part_kinds.def"
#undef PART_KIND
  }
  return "unknown";
}

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
  void print_json(const Event& event, Position at, const ProcessRow& process);
  static void add_arg(JsonLine& json, const Event& event, int arg);
  static void add_part(JsonLine& json, const Part& part);
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
      print_json(*item.event, item.position, process);
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

void EventList::add_arg(JsonLine& json, const Event& event, int arg) {
  const ArgDescriptor& what = event.descriptor->args[arg];
  json.open_object("");
  json.text("name", what.name);
  json.text("kind", info(what.kind).name);
  json.number("value", int64_t(event.args[arg]));
  const Part* text = event.part(uint8_t(arg), PartKind::kString);
  if (text) {
    json.text("text", text->data);
    if (text->flags & kPartTruncated) json.boolean("truncated", true);
    if (text->flags & kPartFault) json.boolean("fault", true);
    if (text->flags & kPartLate) json.boolean("late", true);
  } else {
    json.text("text", arg_text(event, arg));
  }
  json.close_object();
}

void EventList::add_part(JsonLine& json, const Part& part) {
  json.open_object("");
  json.number("arg", part.arg);
  json.text("kind", kind_name(part.kind));
  json.number("size", part.full_size);
  json.text("data", part.data);
  if (part.flags & kPartTruncated) json.boolean("truncated", true);
  if (part.flags & kPartFault) json.boolean("fault", true);
  if (part.flags & kPartLate) json.boolean("late", true);
  if (part.flags & kPartCreated) json.boolean("created", true);
  json.close_object();
}

void EventList::print_json(const Event& event, Position at,
                           const ProcessRow& process) {
  JsonLine json;
  const bool is_in_flight = event.flags & kInFlight;
  json.text("at", position_text(at));
  json.text("time", rfc3339(unix_ns(event.time_ns)));
  json.number("time_ns", event.time_ns);
  event.flags& kHasEnter ? json.number("duration_ns", event.duration_ns)
                         : json.null("duration_ns");
  json.number("cpu", event.cpu);
  json.number("pid", event.pid);
  json.number("tid", event.tid);
  json.number("process", uint32_t(process.id));
  json.text("comm", process.comm);
  json.text("type", event.descriptor ? event.descriptor->name : "unknown");
  json.number("number", event.type.number);
  json.text("abi", abi_name(event.type.abi));
  json.open_array("args");
  for (int arg = 0; event.descriptor && arg < event.descriptor->arg_count;
       ++arg)
    add_arg(json, event, arg);
  json.close_array();
  is_in_flight ? json.null("ret") : json.number("ret", event.ret);
  !is_in_flight&& is_error(event.ret)
      ? json.text("error", result_text(int(-event.ret)))
      : json.null("error");
  json.text("ret_text", return_text(event));
  json.open_array("parts");
  for (const Part& part : event.parts)
    if (part.kind != PartKind::kString || part.arg >= kMaxArgs)
      add_part(json, part);
  json.close_array();
  json.boolean("in_flight", is_in_flight);
  json.print();
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
