// SPDX-License-Identifier: Apache-2.0
//
// What all views share: the case looked at, how time is written, which part
// of it counts, and the investigator's bookmarks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "replay/case.h"
#include "tui/activity.h"
#include "tui/bookmarks.h"
#include "tui/insights.h"
#include "tui/loaded_case.h"
#include "tui/text_width.h"
#include "tui/time_range.h"
#include "tui/words.h"

namespace vestige::tui {

enum class TimeFormat : uint8_t { kUtc, kLocal, kRelative, kDelta };
inline constexpr int kTimeColumns = 15;  // "06:01:03.123456", "+12345.123456"

// The loaded case must outlive the session.
struct Session {
  const Case& data;
  const Insights& insights;
  const Activity& activity;
  Charset charset = Charset::kUtf8;
  TimeFormat time_format = TimeFormat::kUtc;
  std::optional<TimeRange> range;  // nothing: the whole capture
  Bookmarks bookmarks;

  explicit Session(const LoadedCase& loaded);

  // From the first to the last thing known.
  [[nodiscard]] TimeRange whole() const { return whole_; }
  [[nodiscard]] TimeRange shown() const { return range.value_or(whole_); }
  [[nodiscard]] bool is_shown(uint64_t first_ns, uint64_t last_ns) const {
    return !range || range->overlaps(first_ns, last_ns);
  }
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
  TimeRange whole_;
};

std::string_view time_format_text(TimeFormat format);

}  // namespace vestige::tui
