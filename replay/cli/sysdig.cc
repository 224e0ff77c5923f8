// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/sysdig.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>

#include "format/escape.h"
#include "replay/cli/chisels.h"
#include "replay/cli/command.h"
#include "replay/cli/sysdig_output.h"
#include "replay/cli/trace_files.h"
#include "replay/export/formats.h"
#include "replay/export/scratch.h"
#include "replay/filter/matcher.h"
#include "replay/scap/import_scap.h"

namespace vestige::cli {
namespace {

using filter::BytesText;

struct SysdigLine {
  std::vector<std::string> from;
  std::string to;
  std::vector<std::string> words;  // the argument of a chisel, the filter
  std::string format, time, chisel, about;
  uint64_t count = 0;
  bool json = false, quiet = false, summary = false, unbuffered = false;
  bool lists_fields = false, lists_markdown = false, lists_events = false;
  BytesText bytes = BytesText::kEscaped;
};

// What replaying has no use for: said on stderr, and the answer follows.
struct Idle {
  const char* names;
  bool takes_value;
  const char* why;
};
constexpr Idle kIdle[] = {
    {"-d,--displayflt", false, nullptr},  // filters are always asked with state
    {"-v,--verbose", false, nullptr},     // nothing is shortened
    {"-P,--progress", false, nullptr},    // shown on a terminal
    {"-z,--compress", false, nullptr},    // whatever is written is
    {"-D,--debug", false, "there are no events of our own to show"},
    {"-E,--exclude-users", false, "names of users are never looked up here"},
    {"-F,--fatfile", false,
     "what -w writes has the events that match, and the snapshots"},
    {"-R,--resolve-ports", false, "ports are shown as numbers"},
    {"-s,--snaplen", true,
     "data is as long as vestige-capture record --snaplen has kept"},
    {"-T,--force-tracers-capture", false,
     "data is as long as vestige-capture record --snaplen has kept"},
    {"--page-faults", false, "page faults are not in a trace"},
};

// What replaying cannot do: the sentence is the answer.
struct Refused {
  const char* names;
  bool takes_value;
  const char* instead;
};
constexpr Refused kRefused[] = {
    {"-C,-e,-G", true,
     "recordings are split by vestige-capture record --rotate"},
    {"-W", true,
     "old recordings make room for new ones in vestige-capture watch"},
    {"-M", true,
     "a recording ends by vestige-capture record --duration; of a trace, ask "
     "'evt.reltime < 10s'"},
    {"-k,-K,--k8s-api,--k8s-api-cert", true,
     "pods are named while recording: vestige-capture record --pod"},
    {"-m,--mesos-api", true, "nothing is asked of Mesos"},
    {"-H,-I,--plugin,--input,--plugin-config-file", true,
     "there are no plugins"},
    {"--list-inputs", false, "there are no plugins"},
    {"--filter-proclist", false,
     "processes of snapshots stay in a cut; vestige redact takes names out"},
};

class Sysdig {
 public:
  explicit Sysdig(const SysdigLine& line) : line_(line) {}
  Result<int> run();

 private:
  Result<void> find_inputs();
  Result<int> write();
  Result<int> run_chisel();
  Result<int> print(std::string format, const std::string& filter);
  [[nodiscard]] std::string filter_of(size_t from_word = 0) const {
    return fmt::format(
        "{}", fmt::join(line_.words.begin() + std::ptrdiff_t(from_word),
                        line_.words.end(), " "));
  }

  const SysdigLine& line_;
  std::vector<std::string> traces_;
  std::deque<ScratchFolder> scratch_;
};

Result<void> Sysdig::find_inputs() {
  if (line_.from.empty()) {
    const bool is_file =
        !line_.words.empty() && std::filesystem::exists(line_.words.front());
    return Error{
        ErrorKind::kUsage,
        is_file ? fmt::format("which trace? -r {}", escaped(line_.words[0]))
                : "which trace? -r FILE; what happens now is recorded by "
                  "vestige-capture record CONTAINER -o FILE"};
  }
  for (const std::string& operand : line_.from) {
    std::string path = TRY(file_of(operand));
    // sysdig takes its own captures; they become traces on the way.
    if (begins_like_scap(path)) {
      scratch_.push_back(TRY(ScratchFolder::make()));
      const std::string made = scratch_.back().file("imported.vtrace");
      const ImportReport report = TRY(import_scap(path, made));
      if (!report.problem.empty())
        fmt::print(stderr, "vestige: {}: {}; what is before it is shown\n",
                   escaped(operand), escaped(report.problem));
      path = made;
    }
    traces_.push_back(std::move(path));
  }
  traces_ = TRY(find_traces(traces_));
  return {};
}

// What matches, as a file: for sysdig if it is called so, else a trace.
Result<int> Sysdig::write() {
  if (traces_.size() != 1)
    return Error{ErrorKind::kUsage, "-w takes one -r: see vestige merge"};
  const auto filter = TRY(filter::Filter::compile(filter_of()));
  const uint64_t most = line_.count ? line_.count : UINT64_MAX;
  const bool is_scap = line_.to.ends_with(".scap");
  if (is_scap) scratch_.push_back(TRY(ScratchFolder::make()));
  const std::string cut =
      is_scap ? scratch_.back().file("matches.vtrace") : line_.to;
  const CopyReport report =
      TRY(filter::cut_matches(traces_[0], cut, filter, most));
  if (is_scap) {
    const std::string left_out =
        TRY(find_format("scap")->run({cut, line_.to, nullptr}));
    if (!left_out.empty())
      fmt::print(stderr, "vestige: left out: {}\n", left_out);
  }
  fmt::print(stderr, "vestige: {} of {} events written to {}\n",
             report.events_written, report.events_read, escaped(line_.to));
  return report.was_complete ? 0 : 1;
}

Result<int> Sysdig::print(std::string format, const std::string& filter) {
  if (!line_.time.empty()) format = with_time(std::move(format), line_.time);
  Options options;
  options.files = traces_;
  options.words = {filter};
  if (filter.empty()) options.words.clear();
  options.count = line_.count;
  options.quiet = line_.quiet;
  options.json = line_.json;
  options.bytes = line_.bytes;
  if (line_.json)
    options.fields = TRY(fields_of(format));
  else
    options.format = std::move(format);
  return run_events(options);
}

Result<int> Sysdig::run_chisel() {
  const Chisel* const chisel = find_chisel(line_.chisel);
  if (!chisel) return print_chisel(line_.chisel);  // says so
  if (chisel->kind == Chisel::Kind::kElsewhere)
    return Error{ErrorKind::kUsage, fmt::format("{} is answered by {}",
                                                chisel->name, chisel->shown)};
  std::string argument;
  if (chisel->takes_argument()) {
    if (line_.words.empty())
      return Error{ErrorKind::kUsage,
                   fmt::format("chisel {} needs an argument", chisel->name)};
    argument = line_.words.front();
  }
  TRY(find_inputs());
  std::string filter = with_argument(chisel->filter, argument);
  const std::string more = filter_of(chisel->takes_argument() ? 1 : 0);
  if (!more.empty()) filter = fmt::format("({}) and ({})", filter, more);
  const std::string shown = with_argument(chisel->shown, argument);
  if (chisel->kind == Chisel::Kind::kLines) return print(shown, filter);
  return run_top({.traces = traces_,
                  .filter = std::move(filter),
                  .keys = shown,
                  .value = std::string(chisel->value),
                  .most = chisel->most,
                  .unit = chisel->unit,
                  .json = line_.json});
}

Result<int> Sysdig::run() {
  if (line_.unbuffered) std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (line_.lists_fields || line_.lists_markdown) {
    Options options;
    options.markdown = line_.lists_markdown;
    options.wide = true;
    return run_fields(options);
  }
  if (line_.lists_events) {
    print_events();
    return 0;
  }
  if (line_.chisel == "l") {  // -cl
    print_chisels();
    return 0;
  }
  if (!line_.about.empty()) return print_chisel(line_.about);
  if (line_.format == "p") {  // -pp
    fmt::print("{}\n", sysdig_format("p"));
    return 0;
  }
  if (!line_.chisel.empty()) return run_chisel();
  TRY(find_inputs());
  if (!line_.to.empty()) return write();
  const int code = line_.summary && line_.quiet
                       ? 0
                       : TRY(print(sysdig_format(line_.format), filter_of()));
  if (!line_.summary) return code;
  return run_top({.traces = traces_,
                  .filter = filter_of(),
                  .keys = "evt.type",
                  .value = "1",
                  .json = line_.json});
}

void add_output(CLI::App& app, SysdigLine& line) {
  const auto add_bytes = [&](const char* names, BytesText how,
                             const char* what) {
    app.add_flag_callback(
        names, [&line, how] { line.bytes = how; }, what);
  };
  add_bytes("-A,--print-ascii", BytesText::kAscii, "data as text");
  add_bytes("-b,--print-base64", BytesText::kBase64, "data in base64");
  add_bytes("-x,--print-hex", BytesText::kHex, "data in hex");
  add_bytes("-X,--print-hex-ascii", BytesText::kHexAscii,
            "data in hex and as text");
  app.add_flag("-j,--json", line.json, "a JSON object per event");
  app.add_option("-p,--print", line.format,
                 "a format; c: with containers, k: with pods, p: tell the "
                 "usual one");
  app.add_flag("-q,--quiet", line.quiet, "print no events");
  app.add_flag("-S,--summary", line.summary, "count events by type");
  app.add_option("-t,--timetype", line.time,
                 "h: of the day, a: since 1970, r: since the start, d: how "
                 "long it took, D: since the event before")
      ->check(CLI::IsMember({"h", "a", "r", "d", "D"}));
  app.add_flag("--unbuffered", line.unbuffered, "line by line");
}

void add_lists(CLI::App& app, SysdigLine& line) {
  app.add_option("-c,--chisel", line.chisel,
                 "a question by its name in sysdig; l: list them");
  app.add_flag(
      "--list-chisels", [&line](int64_t) { line.chisel = "l"; },
      "the questions that have such names");
  app.add_option("-i,--chisel-info", line.about, "what that chisel asks");
  app.add_flag("-l,--list", line.lists_fields, "the fields");
  app.add_flag("--list-markdown", line.lists_markdown, "the fields, as a page");
  app.add_flag("-L,--list-events", line.lists_events, "the events");
}

// Options that only recording knows.
void add_others(CLI::App& app) {
  const auto add = [&](const char* names, bool takes_value, const char* what,
                       std::function<void()> found) {
    if (takes_value)
      app.add_option_function<std::string>(
          names, [found](const std::string&) { found(); }, what);
    else
      app.add_flag_callback(names, found, what);
  };
  for (const Idle& each : kIdle)
    add(each.names, each.takes_value,
        each.why ? each.why : "taken as it is always done", [&each] {
          if (each.why)
            fmt::print(stderr, "vestige: {}: {}\n", each.names, each.why);
        });
  for (const Refused& each : kRefused)
    add(each.names, each.takes_value, each.instead,
        [&each] { throw CLI::ValidationError(each.names, each.instead); });
}

}  // namespace

Tool add_sysdig(CLI::App& app) {
  const auto line = std::make_shared<SysdigLine>();
  app.add_option("FILTER", line->words,
                 "what a chisel asks for; then the filter");
  app.add_option("-r,--read", line->from, "a trace or a .scap file")
      ->allow_extra_args(false);
  app.add_option("-w,--write", line->to,
                 "what matches, as a new trace, or .scap if it is called so");
  app.add_option("-n,--numevents", line->count, "stop after so many events");
  add_output(app, *line);
  add_lists(app, *line);
  add_others(app);
  return [line] { return Sysdig(*line).run(); };
}

}  // namespace vestige::cli
