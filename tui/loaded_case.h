// SPDX-License-Identifier: Apache-2.0
//
// A case and what was made of it, ready to be looked at. Loading happens on
// its own thread; what it gives is immutable.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "format/result.h"
#include "replay/case.h"
#include "tui/activity.h"
#include "tui/insights.h"
#include "tui/time_range.h"

namespace vestige::tui {

struct LoadedCase {
  explicit LoadedCase(Case the_case);
  LoadedCase(const LoadedCase&) = delete;
  LoadedCase& operator=(const LoadedCase&) = delete;

  Case data;
  TimeRange whole;
  Insights insights;
  Activity activity;
};

// Opens a trace in the background. Going away gives up and waits.
class Loader {
 public:
  // wake_fd (eventfd) becomes readable when there is news.
  Loader(std::string path, int wake_fd);
  ~Loader();

  [[nodiscard]] uint64_t events() const { return events_.load(); }
  [[nodiscard]] bool is_done() const { return is_done_.load(); }
  // Once, after is_done(). A loading given up is an error, too.
  Result<std::unique_ptr<LoadedCase>> take();

 private:
  void run(std::stop_token stop);

  std::string path_;
  int wake_fd_;
  std::atomic<uint64_t> events_ = 0;
  std::atomic<bool> is_done_ = false;
  std::optional<Result<std::unique_ptr<LoadedCase>>> result_;
  std::jthread thread_;  // last: uses all above
};

}  // namespace vestige::tui
