// SPDX-License-Identifier: Apache-2.0
#include "replay/export/formats.h"

#include <fmt/format.h>

#include "replay/export/scratch.h"
#include "replay/filter/matcher.h"
#include "replay/scap/export_scap.h"

namespace vestige {
namespace {

Result<std::string> run_scap(const TraceExport& what) {
  const ScratchFolder scratch = TRY(ScratchFolder::make());
  std::string from = what.from;
  if (what.filter) {
    from = scratch.file("matches.vtrace");
    TRY(filter::cut_matches(what.from, from, *what.filter));
  }
  const std::string to = what.to == "-" ? scratch.file("scap") : what.to;
  const ExportReport report = TRY(export_scap(from, to));
  if (what.to == "-") TRY(copy_to_stdout(to));
  if (report.left_out == 0) return std::string();
  return fmt::format("{} events have no counterpart in the format",
                     report.left_out);
}

constexpr std::string_view kAll =
    "events processes files connections messages findings";

constexpr Format kFormats[] = {
    {"jsonl", "jsonl", kAll, "one JSON object per row", make_jsonl, nullptr},
    {"csv", "csv", kAll, "one table, for spreadsheets", make_csv, nullptr},
    {"sqlite", "sqlite", kAll, "a database with tables, keys and views",
     make_sqlite, nullptr},
    {"timesketch", "timesketch.jsonl", kAll, "a timeline for Timesketch",
     make_timesketch, nullptr},
    {"ecs", "ecs.jsonl", kAll, "Elastic Common Schema, JSON lines", make_ecs,
     nullptr},
    {"ocsf", "ocsf.jsonl", "events processes files connections findings",
     "OCSF classes 1001, 1007, 4001 and 2004, JSON lines", make_ocsf, nullptr},
    {"bodyfile", "body", "files", "for mactime of The Sleuth Kit",
     make_bodyfile, nullptr},
    {"chrome", "trace.json", "events",
     "for chrome://tracing and ui.perfetto.dev", make_chrome, nullptr},
    {"pcapng", "pcapng", "", "synthetic packets around what sockets carried",
     nullptr, export_pcapng},
    {"dot", "dot", "", "the process tree, for Graphviz", nullptr, export_dot},
    {"scap", "scap", "", "for sysdig and what reads its captures", nullptr,
     run_scap},
};

}  // namespace

bool Format::holds(RowKind kind) const {
  return rows.find(info(kind).text) != rows.npos;
}

std::span<const Format> formats() {
  return kFormats;
}

const Format* find_format(std::string_view name) {
  for (const Format& format : kFormats)
    if (format.name == name) return &format;
  return nullptr;
}

}  // namespace vestige
