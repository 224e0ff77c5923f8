// SPDX-License-Identifier: Apache-2.0
//
// The commands watch, trigger, status, list and stop.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "capture/watch/watch.h"

namespace vestige {

class WatchCommands {
 public:
  void add_to(CLI::App& app);
  // The one that was asked for; its exit code.
  int run(std::vector<std::string> own_argv);

 private:
  void add_watch(CLI::App& app);
  void add_questions(CLI::App& app);
  int run_watch(std::vector<std::string> own_argv);
  Result<void> complete_plan();
  int ask();

  CLI::App* watch_ = nullptr;
  CLI::App* trigger_ = nullptr;
  CLI::App* asked_ = nullptr;  // status, list or stop
  WatchPlan plan_;
  double before_s_ = 60, after_s_ = 10, cooldown_s_ = 60;
  std::vector<std::string> limits_for_, rules_;
  std::string control_path_ = "/run/vestige/control.sock";
  std::string container_, reason_;
  bool is_json_ = false;
};

}  // namespace vestige
