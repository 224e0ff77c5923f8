// SPDX-License-Identifier: Apache-2.0
//
// Findings that are known and no concern, each with a reason:
//
//   - rule: Timetable of cron changed
//     when: proc.name = backup-setup   # optional: a filter over the event
//     reason: the backup container installs its own job at start
//     expires: 2027-06-30              # optional: its last day, UTC
//
// A suppressed finding is not dropped: it is counted and marked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "format/result.h"
#include "replay/filter/filter.h"

namespace vestige {

class Suppressions {
 public:
  // kBadInput names file, line and fault. today_ns: what expired by then does
  // not suppress any more.
  static Result<Suppressions> parse(const std::string& name,
                                    const std::string& text, int64_t today_ns,
                                    const filter::Definitions& definitions);

  // The reason, or empty: a concern.
  std::string reason(const std::string& rule, const EventView& view);

  // "RULE: expired on DATE", for a warning.
  [[nodiscard]] const std::vector<std::string>& expired() const {
    return expired_;
  }

 private:
  struct Entry {
    std::string rule;
    std::string reason;
    std::optional<filter::Filter> when;
  };
  std::vector<Entry> entries_;
  std::vector<std::string> expired_;
};

}  // namespace vestige
