// SPDX-License-Identifier: Apache-2.0
#include "tui/export_pass.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <filesystem>

#include "format/trace_reader.h"
#include "replay/export/formats.h"
#include "replay/export/row_views.h"

namespace vestige::tui {
namespace {

// Of those that are made of rows, the one with the longest extension that
// fits: "x.ecs.jsonl" is more than JSON lines.
const Format* format_of(const std::string& path) {
  const Format* best = nullptr;
  for (const Format& format : formats()) {
    if (!format.make || format.extension.empty()) continue;
    if (!path.ends_with(fmt::format(".{}", format.extension))) continue;
    if (!best || format.extension.size() > best->extension.size()) {
      best = &format;
    }
  }
  return best;
}

}  // namespace

std::string export_extensions() {
  std::string text;
  for (const Format& format : formats()) {
    if (!format.make || format.extension.empty()) continue;
    if (!text.empty()) text += ' ';
    text += format.extension;
  }
  return text;
}

class ExportPass::Run {
 public:
  Run(const ExportPlan& plan, const std::stop_token& stop)
      : plan_(plan), stop_(stop), data_(plan.loaded->data), views_(data_) {}

  Result<std::string> write();

 private:
  Result<void> add(Exporter& exporter, const ShownRows& shown);
  Result<void> add_events(RowSink& sink, const ShownRows& shown);
  void add_rows(RowSink& sink, const ShownRows& shown);
  [[nodiscard]] bool is_in_range(uint64_t time_ns) const {
    return !plan_.range || plan_.range->overlaps(time_ns, time_ns);
  }

  const ExportPlan& plan_;
  const std::stop_token& stop_;
  const Case& data_;
  RowViews views_;
  std::deque<filter::FieldList> columns_;
  uint64_t rows_ = 0;    // of the kind that is being written
  std::string written_;  // in words
};

// The views come in the order of the facts.
void ExportPass::Run::add_rows(RowSink& sink, const ShownRows& shown) {
  auto wanted = shown.rows.begin();
  uint32_t row = 0;
  views_.for_each(shown.kind, [&](const EventView& view) {
    if (wanted != shown.rows.end() && *wanted == row) {
      ++wanted;
      sink.add(view);
      ++rows_;
    }
    ++row;
  });
}

Result<void> ExportPass::Run::add_events(RowSink& sink,
                                         const ShownRows& shown) {
  auto filter = TRY(filter::Filter::compile(plan_.filter));
  auto reader =
      TRY(TraceReader::open(plan_.loaded->path(), {.pace = Pace::kAhead}));
  EventViewer viewer(reader.header());
  while (!stop_.stop_requested()) {
    const auto item = TRY(reader.next());
    if (!item) return {};
    if (item.snapshot) viewer.apply(*item.snapshot, item.position);
    if (!item.event) continue;
    const EventView& view = viewer.apply(*item.event, item.position);
    if (!is_in_range(item.event->time_ns) || !filter.matches(view)) continue;
    if (shown.process != ProcessId::kNone &&
        (!view.process || view.process->row.id != shown.process)) {
      continue;
    }
    sink.add(view);
    ++rows_;
  }
  return Error{ErrorKind::kUsage, "the export was given up"};
}

Result<void> ExportPass::Run::add(Exporter& exporter, const ShownRows& shown) {
  const RowKindInfo& kind = info(shown.kind);
  columns_.push_back(TRY(filter::FieldList::compile(kind.columns)));
  RowSink* sink = TRY(exporter.table(kind.text, shown.kind, columns_.back()));
  rows_ = 0;
  if (shown.kind == RowKind::kEvent) {
    TRY(add_events(*sink, shown));
  } else if (shown.kind == RowKind::kFinding) {
    for (const uint32_t row : shown.rows) {
      views_.visit_finding(plan_.findings[row],
                           [&](const EventView& view) { sink->add(view); });
    }
    rows_ = shown.rows.size();
  } else {
    add_rows(*sink, shown);
  }
  written_ +=
      fmt::format("{}{} {}", written_.empty() ? "" : ", ", rows_, kind.text);
  return {};
}

Result<std::string> ExportPass::Run::write() {
  const Format* format = format_of(plan_.path);
  if (!format) {
    return Error{
        ErrorKind::kUsage,
        fmt::format("the name must end in one of: {}", export_extensions())};
  }
  auto exporter = TRY(format->make(plan_.path));
  const std::filesystem::path trace(data_.path());
  exporter->begin_trace(
      {.file_name = trace.filename(), .header = &data_.header()});
  std::string left_out;
  for (const ShownRows& shown : plan_.rows) {
    // One file of CSV is one table.
    const bool fits = format->holds(shown.kind) &&
                      (written_.empty() || format->name != "csv");
    if (fits) {
      TRY(add(*exporter, shown));
    } else {
      left_out += fmt::format(" {}", info(shown.kind).text);
    }
  }
  exporter->end_trace({.events = data_.events(),
                       .is_complete = data_.is_complete(),
                       .end = &data_.end()});
  if (written_.empty()) {
    return Error{ErrorKind::kUsage,
                 fmt::format("{} holds {}, not{}", format->name, format->rows,
                             left_out)};
  }
  if (const std::string more = exporter->left_out(); !more.empty()) {
    left_out += " " + more;
  }
  TRY(exporter->close());
  std::string text = fmt::format("{}: {}", plan_.path, written_);
  if (!left_out.empty()) text += fmt::format("; left out:{}", left_out);
  return text;
}

ExportPass::ExportPass(ExportPlan plan)
    : plan_(std::move(plan)), thread_([this](const std::stop_token& stop) {
        outcome_ = Run(plan_, stop).write();
        is_done_ = true;
      }) {}

}  // namespace vestige::tui
