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
  std::string tags;  // joined by blanks
  uint64_t event_number = 0;
  const Finding* finding = nullptr;  // for who knows more of rules
};

}  // namespace vestige
