// SPDX-License-Identifier: Apache-2.0
//
// What all views share: the case looked at, how time is written, which part
// of it counts, and the investigator's bookmarks.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "replay/case.h"
#include "replay/export/row_views.h"
#include "tui/activity.h"
#include "tui/bookmarks.h"
#include "tui/column_choices.h"
#include "tui/filter_pass.h"
#include "tui/findings_pass.h"
#include "tui/insights.h"
#include "tui/loaded_case.h"
#include "tui/text_width.h"
#include "tui/time_range.h"
#include "tui/words.h"

namespace vestige::tui {

enum class TimeFormat : uint8_t { kUtc, kLocal, kRelative, kDelta };
inline constexpr int kTimeColumns = 15;  // "06:01:03.123456", "+12345.123456"

struct Session {
  Charset charset = Charset::kUtf8;
  TimeFormat time_format = TimeFormat::kUtc;
  std::optional<TimeRange> range;  // nothing: the whole capture
  Bookmarks bookmarks;
  ColumnChoices columns;

  explicit Session(std::shared_ptr<const LoadedCase> loaded);

  // What is known by now; what was known before must live until all views
  // have learned of it.
  void set_case(std::shared_ptr<const LoadedCase> loaded);
  [[nodiscard]] const std::shared_ptr<const LoadedCase>& loaded() const {
    return loaded_;
  }
  [[nodiscard]] const Case& data() const { return loaded_->data; }
  [[nodiscard]] const Insights& insights() const { return loaded_->insights; }
  [[nodiscard]] const Activity& activity() const { return loaded_->activity; }

  // Rows of the case, for fields.
  [[nodiscard]] RowViews* row_views() { return &*row_views_; }

  // From the first to the last thing known.
  [[nodiscard]] TimeRange whole() const { return whole_; }
  [[nodiscard]] TimeRange shown() const { return range.value_or(whole_); }
  [[nodiscard]] bool is_shown(uint64_t first_ns, uint64_t last_ns) const {
    return !range || range->overlaps(first_ns, last_ns);
  }
  // Shows only what the events belong to that this filter matches; nullptr:
  // everything.
  void set_filter(std::shared_ptr<const FilterPass> filter);
  [[nodiscard]] const std::shared_ptr<const FilterPass>& filter() const {
    return filter_;
  }
  // Learns what the filter has found since.
  void look_at_filter();
  [[nodiscard]] bool passes(const Subject& subject) const;

  // Asks rules of the whole trace from now on.
  void set_findings(std::unique_ptr<const FindingsPass> pass);
  [[nodiscard]] const FindingsPass* findings_pass() const {
    return findings_pass_.get();
  }
  // What they have found by now, in the order of the trace.
  [[nodiscard]] const std::vector<Finding>& findings() const {
    return findings_;
  }
  // True when there is something new.
  bool look_at_findings();

  // Moves the range by its own length, or an instant by one part in a
  // hundred of the whole, and not out of the whole.
  void shift_range(int direction);
  // Doubles (factor 2) or halves (-2) the range around an instant.
  void zoom(int factor, uint64_t around_ns);

  // previous_ns: of the line before, for TimeFormat::kDelta.
  [[nodiscard]] std::string time_text(uint64_t boot_ns,
                                      uint64_t previous_ns = 0) const;
  [[nodiscard]] std::string date_time_text(uint64_t boot_ns) const;
  [[nodiscard]] std::string process_text(ProcessId id) const;  // "sh 4711"

 private:
  [[nodiscard]] bool passes_fact(FactRef fact) const;

  std::shared_ptr<const LoadedCase> loaded_;
  std::optional<RowViews> row_views_;  // of loaded_
  TimeRange whole_;
  std::unique_ptr<const FindingsPass> findings_pass_;
  std::vector<Finding> findings_;
  bool has_all_findings_ = true;
  std::shared_ptr<const FilterPass> filter_;
  std::unordered_set<std::string_view> paths_;  // that pass the filter
};

std::string_view time_format_text(TimeFormat format);

}  // namespace vestige::tui
