// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/import.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "format/escape.h"
#include "replay/scap/import_scap.h"

namespace vestige::cli {
namespace {

struct ImportOptions {
  std::string from;
  std::string to;
};

Result<int> run_import(const ImportOptions& options) {
  const ImportReport report = TRY(import_scap(options.from, options.to));
  fmt::print("{}: {} events of {} in the capture, {} snapshots\n",
             escaped(options.to), report.events_out, report.events_in,
             report.snapshots);
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
  app.add_option("-o,--output", options->to, "the trace to make")->required();
  return [options] { return run_import(*options); };
}

}  // namespace vestige::cli
