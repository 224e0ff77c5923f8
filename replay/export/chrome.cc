// SPDX-License-Identifier: Apache-2.0
//
// Trace Event Format in its JSON object form, for chrome://tracing and
// ui.perfetto.dev: a slice per call whose entry was recorded, an instant for
// all others, names of processes and threads. Times are microseconds since
// the first event.
#include <fmt/format.h>

#include <set>

#include "format/escape.h"
#include "replay/export/formats.h"
#include "replay/export/line_exporter.h"
#include "replay/facts/category.h"
#include "replay/facts/field_cells.h"
#include "replay/state/process_tree.h"

namespace vestige {
namespace {

std::string micros(int64_t ns) {
  return fmt::format("{}{}.{:03}", ns < 0 ? "-" : "", std::abs(ns) / 1000,
                     std::abs(ns) % 1000);
}

class Chrome : public LineExporter {
 public:
  explicit Chrome(OutFile file) : LineExporter(std::move(file)) {
    out().write("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
  }
  Result<void> close() override {
    out().write("\n],\"otherData\":{\"made by\":\"vestige\"}}\n");
    return LineExporter::close();
  }

 private:
  void append(std::string& out, const EventView& row,
              const filter::FieldList& columns) override {
    if (!row.event->descriptor) return;
    name_process(out, row);
    const Event& event = *row.event;
    const bool is_slice = event.flags & kHasEnter;
    const int64_t end_ns = row.unix_ns() - row.unix_ns(row.first_ns);
    next(out);
    out += "{\"name\":";
    append_json(out, event.descriptor->name);
    out += fmt::format(
        ",\"cat\":\"{}\",\"ph\":\"{}\",\"ts\":{}",
        event_category(row), is_slice ? 'X' : 'i',
        micros(is_slice ? end_ns - int64_t(event.duration_ns) : end_ns));
    out += is_slice
               ? fmt::format(",\"dur\":{}", micros(int64_t(event.duration_ns)))
               : ",\"s\":\"t\"";
    out +=
        fmt::format(",\"pid\":{},\"tid\":{},\"args\":", event.pid, event.tid);
    columns.append_json(out, row);
    out += '}';
  }

  void next(std::string& out) {
    if (!is_first_) out += ',';
    is_first_ = false;
    out += '\n';
  }

  // A process is named anew when it becomes another program.
  void name_process(std::string& out, const EventView& row) {
    if (!row.process) return;
    const ProcessRow& process = row.process->row;
    if (!named_.emplace(process.pid, process.comm).second) return;
    next(out);
    out += fmt::format(
        "{{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":{},\"tid\":{},"
        "\"args\":{{\"name\":",
        row.event->pid, row.event->tid);
    append_json(out, process.comm);
    out += "}}";
  }

  bool is_first_ = true;
  // Texts are interned for as long as the trace is read.
  std::set<std::pair<uint32_t, std::string>> named_;
};

}  // namespace

Result<std::unique_ptr<Exporter>> make_chrome(const std::string& path) {
  return make_lines<Chrome>(path);
}

}  // namespace vestige
