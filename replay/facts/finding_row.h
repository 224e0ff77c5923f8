// SPDX-License-Identifier: Apache-2.0
//
// A rule that matched, as a row. Views live as long as the finding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vestige {

struct Finding;

struct FindingRow {
  std::string_view rule;
  std::string_view description;
  std::string_view priority;  // "Warning"
  std::string_view message;
  std::string tags;             // joined by blanks
  uint8_t severity = 0;         // of the priority: 0 Emergency to 7 Debug
  std::string tactics;          // of MITRE ATT&CK: "Execution, Impact"
  std::string techniques;       // "T1059.004 T1496"
  std::string_view suppressed;  // why it is no concern; empty: it is one
  std::string_view why;         // the condition with values, if asked for
  uint64_t event_number = 0;
  const Finding* finding = nullptr;  // for who knows more of rules
};

}  // namespace vestige
