// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "capture/recorder.h"

namespace vestige {

// What the user sees on standard error while a capture runs: one line that
// is rewritten on a terminal, "recording ..." and a summary elsewhere.
class StatusLine {
 public:
  StatusLine();
  void begin(size_t traces, const std::string& output, bool is_command);
  // Shows events, bytes, losses and time, a few times a second.
  void update(const Recorder& recorder);
  // Removes the line, e.g. before an error is told.
  void clear();
  // A line about a recording that is complete, in one file or several.
  void closed(const std::string& files, uint64_t bytes, const Ledger& ledger);

 private:
  bool is_terminal_;
  bool is_shown_ = false;
  uint64_t start_ns_ = 0;
  uint64_t shown_ns_ = 0;
};

}  // namespace vestige
