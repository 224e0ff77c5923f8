// SPDX-License-Identifier: Apache-2.0
//
// vestige export: what is in a trace in a format of another tool.
#include "replay/cli/export.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "format/escape.h"
#include "format/trace_reader.h"
#include "replay/cli/command.h"
#include "replay/cli/json_line.h"
#include "replay/cli/rules.h"
#include "replay/export/formats.h"
#include "replay/export/query.h"

namespace vestige::cli {
namespace {

struct ExportOptions {
  std::string format;
  std::string from;
  std::vector<std::string> filter;
  std::string to = "-";
  std::vector<std::string> rows;
  std::string fields;
  std::vector<std::string> rule_files;
  bool lists = false;
  bool json = false;
  bool quiet = false;
};

constexpr std::string_view kDatabase = "sqlite";

int print_formats_as_json() {
  for (const Format& format : formats()) {
    JsonLine line;
    line.text("format", format.name);
    line.text("extension", format.extension);
    line.open_array("rows");
    for (const RowKindInfo& each : row_kinds())
      if (format.holds(each.kind)) line.text("", each.text);
    line.close_array();
    line.text("doc", format.doc);
    line.print();
  }
  return 0;
}

int print_formats() {
  Table table({{"FORMAT"}, {"ROWS"}, {"WHAT FOR"}});
  for (const Format& format : formats())
    table.add({{std::string(format.name)},
               {std::string(format.rows.empty() ? "-" : format.rows)},
               {std::string(format.doc)}});
  table.print(ColorMode::kAuto, Fit::kWhole);
  return 0;
}

// A database has everything unless told otherwise, all else has events, or
// what there is instead.
Result<std::vector<RowKind>> kinds_of(const ExportOptions& options,
                                      const Format& format) {
  std::vector<RowKind> out;
  for (const std::string& name : options.rows) {
    const auto kind = parse_row_kind(name);
    if (!kind || !format.holds(*kind))
      return Error{ErrorKind::kUsage,
                   fmt::format("{} has no rows called '{}': there are {}",
                               format.name, escaped(name), format.rows)};
    out.push_back(*kind);
  }
  if (!out.empty()) return out;
  for (const RowKindInfo& each : row_kinds()) {
    if (!format.holds(each.kind)) continue;
    out.push_back(each.kind);
    if (format.name != kDatabase) break;
  }
  return out;
}

// Queries with the columns they refer to.
struct Tables {
  std::deque<filter::FieldList> columns;
  std::vector<Query> queries;
  bool wants_findings = false;
};

Result<void> add_table(Tables& tables, Exporter& exporter, RowKind kind,
                       std::string_view fields, std::string_view filter) {
  tables.columns.push_back(TRY(filter::FieldList::compile(fields)));
  RowSink* const sink =
      TRY(exporter.table(info(kind).text, kind, tables.columns.back()));
  tables.queries.push_back(
      {kind, TRY(filter::Filter::compile(filter)), {sink}, 0});
  tables.wants_findings |= kind == RowKind::kFinding;
  return {};
}

Result<Tables> make_tables(const ExportOptions& options, const Format& format,
                           Exporter& exporter) {
  std::vector<RowKind> kinds = TRY(kinds_of(options, format));
  const std::string filter = fmt::format("{}", fmt::join(options.filter, " "));
  Tables tables;
  // What other rows refer to is there as a whole.
  const auto is_whole = [&](RowKind kind) {
    return format.name == kDatabase &&
           (kind == RowKind::kProcess || kind == RowKind::kConnection);
  };
  for (const RowKindInfo& each : row_kinds()) {
    const bool is_asked = std::ranges::find(kinds, each.kind) != kinds.end();
    if (!is_asked && !is_whole(each.kind)) continue;
    const bool is_own = !options.fields.empty() && !is_whole(each.kind);
    TRY(add_table(tables, exporter, each.kind,
                  is_own ? std::string_view(options.fields) : each.columns,
                  is_whole(each.kind) ? "" : filter));
  }
  return tables;
}

// Findings that nobody asked for by name are no reason to fail.
Result<std::optional<RuleSet>> rules_for(const ExportOptions& options) {
  auto rules = load_valid_rules(options.rule_files);
  if (rules) return std::optional<RuleSet>(*std::move(rules));
  if (!options.rows.empty() || !options.rule_files.empty())
    return std::move(rules).error();
  fmt::print(stderr, "vestige: no findings: {}\n", rules.error().message);
  return std::optional<RuleSet>();
}

void print_outcome(const ExportOptions& options, const Tables& tables,
                   const Exporter& exporter, const QueryEnd& end) {
  if (!options.quiet)
    for (const Query& query : tables.queries)
      fmt::print(stderr, "vestige: {} {}\n", query.rows, info(query.kind).text);
  if (const std::string left_out = exporter.left_out(); !left_out.empty())
    fmt::print(stderr, "vestige: left out: {}\n", left_out);
  if (!end.is_complete)
    fmt::print(stderr,
               "vestige: the trace has no end: it is what could be read of "
               "it\n");
  print_losses(end.end);
}

Result<int> export_rows(const ExportOptions& options, const Format& format) {
  const TraceReader reader = TRY(TraceReader::open(options.from));
  std::unique_ptr<Exporter> exporter = TRY(format.make(options.to));
  TraceContext context;
  context.file_name = options.from.substr(options.from.rfind('/') + 1);
  context.header = &reader.header();
  Tables tables = TRY(make_tables(options, format, *exporter));
  std::optional<RuleSet> rules;
  if (tables.wants_findings) rules = TRY(rules_for(options));
  exporter->begin_trace(context);
  const QueryEnd end = TRY(run_queries(
      {options.from, tables.queries, {}, rules ? &*rules : nullptr}));
  exporter->end_trace({end.events, end.is_complete, &end.end});
  TRY(exporter->close());
  print_outcome(options, tables, *exporter, end);
  return 0;
}

Result<int> export_trace(const ExportOptions& options, const Format& format) {
  if (!options.rows.empty() || !options.fields.empty())
    return Error{ErrorKind::kUsage,
                 fmt::format("{} is about the trace as a whole: no --rows, no "
                             "--fields",
                             format.name)};
  std::optional<filter::Filter> filter;
  if (!options.filter.empty())
    filter = TRY(filter::Filter::compile(
        fmt::format("{}", fmt::join(options.filter, " "))));
  const std::string left_out =
      TRY(format.run({options.from, options.to, filter ? &*filter : nullptr}));
  if (!left_out.empty())
    fmt::print(stderr, "vestige: left out: {}\n", left_out);
  return 0;
}

Result<int> run_export(const ExportOptions& options) {
  if (options.lists)
    return options.json ? print_formats_as_json() : print_formats();
  const Format* const format = find_format(options.format);
  if (!format)
    return Error{ErrorKind::kUsage,
                 options.format.empty()
                     ? "which --format? see vestige export --list"
                     : fmt::format("no format '{}'; see vestige export --list",
                                   escaped(options.format))};
  if (options.from.empty()) return Error{ErrorKind::kUsage, "which trace?"};
  const bool is_binary = format->name == "pcapng";
  if (is_binary && options.to == "-" && isatty(STDOUT_FILENO))
    return Error{ErrorKind::kUsage,
                 "packets could steer the terminal: give -o"};
  return format->make ? export_rows(options, *format)
                      : export_trace(options, *format);
}

}  // namespace

Tool add_export(CLI::App& app) {
  const auto options = std::make_shared<ExportOptions>();
  app.add_option("--format", options->format, "see --list");
  app.add_option("FILE", options->from, "the trace");
  app.add_option("FILTER", options->filter, "only rows that match");
  app.add_option("-o,--output", options->to, "the file to make; else stdout");
  app.add_option("--rows", options->rows,
                 "events, processes, files, connections, messages, findings")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--fields", options->fields,
                 "columns: see vestige fields; else the usual ones");
  app.add_option("-r,--rules", options->rule_files,
                 "rules that make findings; else those installed")
      ->allow_extra_args(false);
  auto* list = app.add_flag("--list", options->lists, "the formats there are");
  app.add_flag("--json", options->json, "with --list: as JSON lines")
      ->needs(list);
  app.add_flag("-q,--quiet", options->quiet, "do not tell how many rows");
  return [options] { return run_export(*options); };
}

}  // namespace vestige::cli
