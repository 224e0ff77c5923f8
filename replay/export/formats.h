// SPDX-License-Identifier: Apache-2.0
//
// All formats of `vestige export` and of evidence scripts. One line in the
// table of formats.cc and one file here each.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "replay/export/exporter.h"
#include "replay/filter/filter.h"

namespace vestige {

// A format that is about a trace as a whole and not made of rows.
struct TraceExport {
  std::string from;  // the trace
  std::string to;    // a new file, or "-"
  filter::Filter* filter = nullptr;
};
// What is not in the output although it was asked for, in words; may be empty.
using TraceExporter = Result<std::string> (*)(const TraceExport&);

struct Format {
  std::string_view name;
  std::string_view extension;
  std::string_view rows;  // kinds it holds, joined by blanks; "" no rows
  std::string_view doc;
  // Exactly one of them is set.
  Result<std::unique_ptr<Exporter>> (*make)(const std::string& path);
  TraceExporter run;

  [[nodiscard]] bool holds(RowKind kind) const;
};

std::span<const Format> formats();
const Format* find_format(std::string_view name);  // nullptr: unknown

// The formats, each in the file of its name. "-" is stdout, but for sqlite.
Result<std::unique_ptr<Exporter>> make_jsonl(const std::string& path);
Result<std::unique_ptr<Exporter>> make_csv(const std::string& path);
Result<std::unique_ptr<Exporter>> make_sqlite(const std::string& path);
Result<std::unique_ptr<Exporter>> make_timesketch(const std::string& path);
Result<std::unique_ptr<Exporter>> make_ecs(const std::string& path);
Result<std::unique_ptr<Exporter>> make_ocsf(const std::string& path);
Result<std::unique_ptr<Exporter>> make_bodyfile(const std::string& path);
Result<std::unique_ptr<Exporter>> make_chrome(const std::string& path);
Result<std::string> export_pcapng(const TraceExport& what);
Result<std::string> export_dot(const TraceExport& what);

}  // namespace vestige
