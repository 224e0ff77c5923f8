// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/export.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "format/escape.h"
#include "replay/scap/export_scap.h"

namespace vestige::cli {
namespace {

struct ExportOptions {
  std::string format;
  std::string from;
  std::string to;
};

Result<int> run_export(const ExportOptions& options) {
  const ExportReport report = TRY(export_scap(options.from, options.to));
  fmt::print("{}: {} events out of {} in the trace\n", escaped(options.to),
             report.events_out, report.events_in);
  if (report.left_out != 0)
    fmt::print(stderr,
               "vestige: {} events have no counterpart in the format and were "
               "left out\n",
               report.left_out);
  return 0;
}

}  // namespace

Tool add_export(CLI::App& app) {
  const auto options = std::make_shared<ExportOptions>();
  app.add_option("--format", options->format,
                 "scap: for sysdig and what reads its captures")
      ->required()
      ->check(CLI::IsMember({"scap"}));
  app.add_option("FILE", options->from, "the trace")->required();
  app.add_option("-o,--output", options->to, "the file to make")->required();
  return [options] { return run_export(*options); };
}

}  // namespace vestige::cli
