// SPDX-License-Identifier: Apache-2.0
//
// vestige repair: a clean copy of what can be read of a damaged trace.
#include <CLI/CLI.hpp>
#include <memory>

#include "replay/cli/tools.h"

namespace vestige::cli {

Tool add_repair(CLI::App& app) {
  struct Plan {
    std::string file;
    OutputOptions output;
  };
  auto plan = std::make_shared<Plan>();
  app.add_option("FILE", plan->file, "the damaged trace")->required();
  add_output_options(app, plan->output);
  return [plan] {
    return run_copy(plan->output,
                    [&plan](const std::string& to, const CopyOptions& options) {
                      return repair_trace(plan->file, to, options);
                    });
  };
}

}  // namespace vestige::cli
