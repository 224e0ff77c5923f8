// SPDX-License-Identifier: Apache-2.0
//
// Reads one rule file into a collection, the way Falco's loader does (its
// engine version 0.60): https://falco.org/docs/concepts/rules/. An item with
// a fault is reported and left out; reading goes on, so that one run tells
// all faults.
#pragma once

#include <string>

#include "replay/rules/rule_collection.h"

namespace vestige {

// The newest Falco engine whose rule files are understood.
struct EngineVersion {
  uint32_t major = 0;
  uint32_t minor = 0;
  uint32_t patch = 0;

  friend auto operator<=>(const EngineVersion&, const EngineVersion&) = default;
};
inline constexpr EngineVersion kEngineVersion{0, 60, 0};

// `text` is the content of the file called report.file.
void read_rules(const std::string& text, RuleCollection& rules,
                LoadReport& report);

}  // namespace vestige
