// SPDX-License-Identifier: Apache-2.0
//
// Rules on their way through a trace, on a thread of its own. All functions
// may be called while it runs. Going away gives up and waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "replay/rules/rule_files.h"

namespace vestige::tui {

class FindingsPass {
 public:
  // Files of rules, or folders of them.
  FindingsPass(std::string trace, std::vector<std::string> rules);

  [[nodiscard]] bool is_done() const { return is_done_; }
  [[nodiscard]] uint64_t found() const { return found_; }
  [[nodiscard]] uint64_t events() const { return events_; }
  // How many rules are asked; 0 until they are read.
  [[nodiscard]] size_t rules() const { return rules_; }
  // What is new since the first `known`, in the order of the trace. Point
  // into rules that live as long as this.
  [[nodiscard]] std::vector<Finding> since(size_t known) const;
  // Why rules were not asked, or not all; empty: all is well.
  [[nodiscard]] std::string problem() const;

  static constexpr size_t kMaxKept = 100'000;

 private:
  void run(const std::stop_token& stop);
  Result<void> ask(const std::stop_token& stop);
  void report(std::string problem);

  std::string trace_;
  std::vector<std::string> paths_;
  RuleSet set_;
  Suppressions suppressions_;
  mutable std::mutex mutex_;  // guards the next two
  std::vector<Finding> kept_;
  std::string problem_;
  std::atomic<uint64_t> found_ = 0;
  std::atomic<uint64_t> events_ = 0;
  std::atomic<size_t> rules_ = 0;
  std::atomic<bool> is_done_ = false;
  std::jthread thread_;  // last: uses all above
};

}  // namespace vestige::tui
