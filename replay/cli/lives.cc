// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/lives.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

#include "format/trace_reader.h"
#include "replay/cli/row_json.h"
#include "replay/facts/file_mark.h"
#include "replay/read_trace.h"
#include "replay/reconstructor.h"
#include "replay/state/file_lives.h"

namespace vestige::cli {
namespace {

bool is_asked(const Options& options, const FileLife& life) {
  return std::ranges::any_of(life.names, [&](const FileLife::Name& name) {
    return fnmatch(options.life.c_str(), std::string(name.path).c_str(), 0) ==
           0;
  });
}

// The trace read once more, with every operation told.
class LivesView {
 public:
  LivesView(const Options& options, const ClockPair& start)
      : options_(options), start_(start) {}

  Result<void> read();
  void print();

 private:
  void print_text(const FileLife& life);
  JsonLine json_of(const FileLife& life);
  void add_moment(JsonLine& json, std::string_view key, uint64_t boot_ns);
  [[nodiscard]] int64_t unix_ns(uint64_t boot_ns) const {
    return start_.unix_ns + int64_t(boot_ns - start_.boot_ns);
  }
  [[nodiscard]] std::string clock(uint64_t boot_ns) const {
    return boot_ns ? clock_text(unix_ns(boot_ns)) : "";
  }

  const Options& options_;
  const ClockPair start_;
  TextPool texts_;
  FileLives lives_{texts_};
  Facts facts_;
};

Result<void> LivesView::read() {
  TraceReader reader =
      TRY(TraceReader::open(options_.file, {.pace = Pace::kAhead}));
  Reconstructor state(texts_);
  state.watch_files(&lives_);
  TRY(read_trace(reader, options_.file, state));
  facts_ = state.finish();
  return {};
}

void LivesView::print() {
  for (const FileLife& life : lives_.all()) {
    if (!is_asked(options_, life)) continue;
    options_.json ? json_of(life).print() : print_text(life);
  }
}

void LivesView::print_text(const FileLife& life) {
  const std::string identity =
      life.inode ? fmt::format("{}:{} inode {}", life.dev_major, life.dev_minor,
                               life.inode)
                 : "identity not told";
  Table head({{"FILE"}, {"IDENTITY"}, {"ORIGIN"}, {"FATE"}});
  head.add({{fmt::format("{}", uint32_t(life.id)), Style::kBold},
            {identity},
            {life.was_created ? "made here" : "was there before"},
            {std::string(file_fate_text(life.fate)) +
             (life.ended_ns ? fmt::format(" {} by {}", clock(life.ended_ns),
                                          process_label(facts_, life.ended_by))
                            : "")}});
  const Fit fit = options_.wide ? Fit::kWhole : Fit::kCut;
  head.print(options_.color, fit);
  Table names({{"  FROM"}, {"TO"}, {"HOW"}, {"BY"}, {"NAME"}});
  for (const FileLife::Name& name : life.names)
    names.add({{"  " + clock(name.from_ns), Style::kDim},
               {clock(name.to_ns), Style::kDim},
               {std::string(file_op_text(name.how))},
               {process_label(facts_, name.by)},
               {std::string(name.path)}});
  names.print(options_.color, fit);
  Table touches({{"  FIRST"},
                 {"LAST"},
                 {"OP"},
                 {"COUNT", Align::kRight},
                 {"BYTES", Align::kRight},
                 {"BY"}});
  for (const FileLife::Touch& touch : life.touches)
    touches.add({{"  " + clock(touch.seen.first_ns), Style::kDim},
                 {clock(touch.seen.last_ns), Style::kDim},
                 {std::string(file_op_text(touch.op))},
                 {fmt::format("{}", touch.seen.count)},
                 {touch.bytes ? size_text(touch.bytes) : ""},
                 {process_label(facts_, touch.process)}});
  touches.print(options_.color, fit);
}

void LivesView::add_moment(JsonLine& json, std::string_view key,
                           uint64_t boot_ns) {
  boot_ns ? json.text(key, rfc3339(unix_ns(boot_ns))) : json.null(key);
}

JsonLine LivesView::json_of(const FileLife& life) {
  JsonLine json;
  json.number("file", uint32_t(life.id));
  life.inode
      ? json.text("dev", fmt::format("{}:{}", life.dev_major, life.dev_minor))
      : json.null("dev");
  json.number_or_null("inode", life.inode);
  json.number_or_null("generation", life.generation);
  json.boolean("created", life.was_created);
  json.text_or_null("layer", layer_text(life.layer));
  json.text("fate", file_fate_text(life.fate));
  add_moment(json, "ended", life.ended_ns);
  json.number_or_null("ended_by", uint32_t(life.ended_by));
  life.ended_ns ? json.text("ended_at", position_text(life.ended_at))
                : json.null("ended_at");
  json.open_array("names");
  for (const FileLife::Name& name : life.names) {
    json.open_object("");
    json.text("path", name.path);
    json.text("how", file_op_text(name.how));
    json.number("process", uint32_t(name.by));
    add_moment(json, "from", name.from_ns);
    add_moment(json, "to", name.to_ns);
    json.text("at", position_text(name.from_at));
    json.close_object();
  }
  json.close_array();
  json.open_array("touched");
  for (const FileLife::Touch& touch : life.touches) {
    json.open_object("");
    json.number("process", uint32_t(touch.process));
    json.text("op", file_op_text(touch.op));
    json.number("count", touch.seen.count);
    json.number("bytes", touch.bytes);
    add_moment(json, "first", touch.seen.first_ns);
    add_moment(json, "last", touch.seen.last_ns);
    json.text("at", position_text(touch.seen.first));
    json.text("last_at", position_text(touch.seen.last));
    json.close_object();
  }
  json.close_array();
  return json;
}

JsonLine mark_json(const Case& opened, const FileMark& mark) {
  JsonLine json;
  json.text("mark", file_mark_text(mark.kind));
  json.number("process", uint32_t(mark.process));
  json.text("path", mark.path);
  json.text("certainty", certainty_text(mark.certainty));
  json.text("time", rfc3339(opened.unix_ns(mark.time_ns)));
  json.number("time_ns", mark.time_ns);
  if (mark.kind == FileMarkKind::kTimestomped)
    json.text("mtime", rfc3339(mark.mtime_ns));
  json.text("at", position_text(mark.at));
  return json;
}

}  // namespace

Result<int> print_lives(const Options& options) {
  const TraceReader reader = TRY(TraceReader::open(options.file));
  LivesView view(options, reader.header().start);
  TRY(view.read());
  view.print();
  return 0;
}

Result<int> print_marks(const Options& options) {
  const Case opened = TRY(open_case(options));
  Table table({{"TIME"}, {"PROCESS"}, {"MARK"}, {"PATH"}});
  for (const FileMark& mark :
       file_marks(opened.facts(), opened.header().start)) {
    if (!is_wanted(options, mark.process)) continue;
    if (options.json) {
      mark_json(opened, mark).print();
      continue;
    }
    std::string path(mark.path);
    if (mark.kind == FileMarkKind::kTimestomped)
      path.append("  to ").append(rfc3339(mark.mtime_ns));
    table.add({{clock_text(opened.unix_ns(mark.time_ns)), Style::kDim},
               {process_label(opened.facts(), mark.process)},
               {std::string(file_mark_text(mark.kind)), Style::kRed},
               {std::move(path)}});
  }
  if (!options.json)
    table.print(options.color, options.wide ? Fit::kWhole : Fit::kCut);
  print_gaps(opened);
  return 0;
}

}  // namespace vestige::cli
