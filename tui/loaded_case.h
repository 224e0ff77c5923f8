// SPDX-License-Identifier: Apache-2.0
//
// A case and what was made of it, ready to be looked at. Loading happens on
// its own thread; what it gives is immutable. While it lasts, it gives what
// is known by then every now and then.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "format/result.h"
#include "replay/case.h"
#include "replay/merged_trace.h"
#include "tui/activity.h"
#include "tui/insights.h"
#include "tui/time_range.h"

namespace vestige::tui {

struct LoadedCase {
  explicit LoadedCase(Case the_case);
  LoadedCase(const LoadedCase&) = delete;
  LoadedCase& operator=(const LoadedCase&) = delete;

  // Where the trace is by now: a recorder that ends takes ".partial" away.
  [[nodiscard]] std::string path() const;

  Case data;
  TimeRange whole;
  Insights insights;
  Activity activity;
};

// Opens a trace in the background. Going away gives up and waits.
class Loader {
 public:
  // wake_fd (eventfd) becomes readable when there is news.
  // Several paths: of one boot of one machine, merged first.
  Loader(std::vector<std::string> paths, CaseReader::Mode mode, int wake_fd);
  ~Loader();

  struct Progress {
    uint64_t events = 0;
    double share = 0;  // of the file
  };
  [[nodiscard]] Progress progress() const;
  // Nothing more will come: all was read, it failed, or was given up.
  [[nodiscard]] bool is_done() const { return is_done_; }
  // What is known by now, once for each time there is more; else nullptr.
  std::shared_ptr<const LoadedCase> take();
  // Why it ended, once; nothing when all was read.
  std::optional<Error> take_error();
  // Reads no further; what was read stays.
  void give_up() { thread_.request_stop(); }

 private:
  class Pace;

  void run(const std::stop_token& stop);
  Result<void> read(const std::stop_token& stop);
  void publish(Case known);
  void wake() const;

  std::vector<std::string> paths_;
  CaseReader::Mode mode_;
  std::optional<MergedTrace> merged_;
  int wake_fd_;
  std::atomic<uint64_t> events_ = 0;
  std::atomic<double> share_ = 0;
  std::atomic<bool> is_done_ = false;
  std::mutex mutex_;  // guards the next two
  std::shared_ptr<const LoadedCase> latest_;
  std::optional<Error> error_;
  std::jthread thread_;  // last: uses all above
};

}  // namespace vestige::tui
