// SPDX-License-Identifier: Apache-2.0
//
// A filter on its way through a trace, on a thread of its own: which events
// it matches, and with them the processes, rows of facts and connections they
// belong to. All functions may be called while it runs; what they tell grows.
// Going away gives up and waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "format/result.h"
#include "replay/filter/filter.h"
#include "tui/loaded_case.h"
#include "tui/subject.h"

namespace vestige::tui {

// An event that matched.
struct Match {
  Position at;
  ProcessId process = ProcessId::kNone;
};

class FilterPass {
 public:
  // kUsage errors say what is wrong with the text, on their first line.
  static Result<std::shared_ptr<const FilterPass>> start(
      const std::string& text, const LoadedCase& loaded);
  FilterPass(std::string text, filter::Filter filter, const LoadedCase& loaded);

  [[nodiscard]] const std::string& text() const { return text_; }
  // Fields in it that no trace can answer, in one line; empty: none.
  [[nodiscard]] const std::string& unanswerable() const {
    return unanswerable_;
  }
  [[nodiscard]] bool is_done() const { return is_done_; }
  // Of the file.
  [[nodiscard]] double share() const { return share_; }
  // Events that matched. The first kMaxKept of them are kept, in file order.
  [[nodiscard]] uint64_t matches() const { return matches_; }
  [[nodiscard]] size_t kept() const { return kept_; }
  [[nodiscard]] Match match(size_t number) const;

  // Whether an event that matched belongs to it. A path: see
  // Session::passes().
  [[nodiscard]] bool has(Position at) const;
  [[nodiscard]] bool has(ProcessId process) const;
  [[nodiscard]] bool has(ConnectionId connection) const;
  [[nodiscard]] bool has(FactTable table, uint32_t index) const;

  static constexpr size_t kMaxKept = 4'000'000;

 private:
  // Numbers that were met; memory of one bit up to the largest.
  class NumberSet {
   public:
    void add(size_t number) {
      if (number >= bits_.size()) bits_.resize(number + number / 2 + 64);
      bits_[number] = true;
    }
    [[nodiscard]] bool has(size_t number) const {
      return number < bits_.size() && bits_[number];
    }

   private:
    std::vector<bool> bits_;
  };

  void run(const std::stop_token& stop);
  void add(const EventView& view, const TouchedRows& touched);

  std::string text_;
  std::string unanswerable_;
  std::string path_;
  bool follows_;
  filter::Filter filter_;
  mutable std::mutex mutex_;  // guards all down to matched_
  NumberSet processes_, connections_, files_, net_, actions_;
  std::vector<Match> matched_;  // in file order
  std::atomic<uint64_t> matches_ = 0;
  std::atomic<size_t> kept_ = 0;
  std::atomic<double> share_ = 0;
  std::atomic<bool> is_done_ = false;
  std::jthread thread_;  // last: uses all above
};

}  // namespace vestige::tui
