// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/import.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "format/escape.h"
#include "replay/cli/tools.h"
#include "replay/scap/import_scap.h"

namespace vestige::cli {
namespace {

struct ImportOptions {
  std::string from;
  std::string to;
  bool json = false;
};

std::string json_of(const ImportOptions& options, const ImportReport& report) {
  JsonLine json;
  json.text("output", options.to);
  json.number("events_in", report.events_in);
  json.number("events_out", report.events_out);
  json.number("snapshots", report.snapshots);
  json.text_or_null("problem", report.problem);
  return json.take();
}

Result<int> run_import(const ImportOptions& options) {
  ImportReport report;
  const auto make = [&](const std::string& to) -> Result<void> {
    report = TRY(import_scap(options.from, to));
    return {};
  };
  TRY(make_file(options.to, make));
  if (options.json) {
    fmt::print(speech(options.to), "{}\n", json_of(options, report));
    return report.problem.empty() ? 0 : 1;
  }
  fmt::print(speech(options.to),
             "{}: {} events of {} in the capture, {} snapshots\n",
             options.to == "-" ? "stdout" : escaped(options.to),
             report.events_out, report.events_in, report.snapshots);
  if (report.problem.empty()) return 0;
  fmt::print(stderr, "vestige: {}: {}; what is before it was imported\n",
             escaped(options.from), escaped(report.problem));
  return 1;
}

}  // namespace

std::function<Result<int>()> add_import(CLI::App& app) {
  const auto options = std::make_shared<ImportOptions>();
  app.add_option("FILE", options->from,
                 "capture of sysdig, Falco or Stratoshark (.scap)")
      ->required();
  app.add_option("-o,--output", options->to, "the trace to make; - for stdout")
      ->required();
  app.add_flag("--json", options->json, "say what was done as a JSON object");
  return [options] { return run_import(*options); };
}

}  // namespace vestige::cli
