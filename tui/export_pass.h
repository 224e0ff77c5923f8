// SPDX-License-Identifier: Apache-2.0
//
// Rows that a view shows on their way into a file of another format, on a
// thread of its own. Going away gives up, waits and removes the file.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tui/loaded_case.h"
#include "tui/session.h"
#include "tui/view.h"

namespace vestige::tui {

struct ExportPlan {
  std::string path;                          // its extension tells the format
  std::shared_ptr<const LoadedCase> loaded;  // whole
  std::vector<ShownRows> rows;
  std::vector<Finding> findings;  // that rows of findings are indices of
  std::string filter;             // of events
  std::optional<TimeRange> range;
};

// The extensions that name a format, joined by blanks.
std::string export_extensions();

class ExportPass {
 public:
  explicit ExportPass(ExportPlan plan);

  [[nodiscard]] bool is_done() const { return is_done_; }
  // What was written, in words; after is_done().
  [[nodiscard]] const Result<std::string>& outcome() const { return *outcome_; }

 private:
  class Run;

  ExportPlan plan_;
  std::optional<Result<std::string>> outcome_;
  std::atomic<bool> is_done_ = false;
  std::jthread thread_;  // last: uses all above
};

}  // namespace vestige::tui
