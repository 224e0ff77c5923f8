// SPDX-License-Identifier: Apache-2.0
//
// vestige merge: one timeline, by UTC, out of several traces.
#include <CLI/CLI.hpp>
#include <memory>

#include "replay/cli/tools.h"

namespace vestige::cli {

Tool add_merge(CLI::App& app) {
  struct Plan {
    std::vector<std::string> files;
    OutputOptions output;
  };
  auto plan = std::make_shared<Plan>();
  app.add_option("FILE", plan->files, "traces, of any machines and boots")
      ->required();
  add_output_options(app, plan->output);
  return [plan] {
    return run_copy(plan->output,
                    [&plan](const std::string& to, const CopyOptions& options) {
                      return merge_traces(plan->files, to, options);
                    });
  };
}

}  // namespace vestige::cli
