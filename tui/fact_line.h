// SPDX-License-Identifier: Apache-2.0
//
// One fact as a line: who did what to what, with which result. What the
// timeline shows and what details and the overview quote.
#pragma once

#include <cstdint>
#include <string>

#include "tui/screen.h"
#include "tui/session.h"
#include "tui/subject.h"

namespace vestige::tui {

struct FactLine {
  ProcessId process = ProcessId::kNone;
  std::string_view verb;  // "write", "connect", "exec", "exit"
  std::string object;     // captured bytes
  std::string result;     // "ok", "ENOENT", "exit 3"
  Style style = Style::kPlain;
  bool is_failure = false;
  uint64_t count = 1;
  uint64_t bytes = 0;
};

FactLine fact_line(const Session& session, FactRef fact);

}  // namespace vestige::tui
