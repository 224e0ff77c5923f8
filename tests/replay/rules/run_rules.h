// SPDX-License-Identifier: Apache-2.0
//
// Rules run over a crafted trace: written to a file, read back, asked.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "replay/rules/rule_engine.h"
#include "tests/replay/trace_builder.h"

namespace vestige {

// A file name of its own; whatever has it is removed.
std::string temporary_trace();
// The trace as a file.
std::string save(TraceBuilder& trace);

// What a finding said, kept beyond the run.
struct Found {
  std::string rule;
  Priority priority = Priority::kDebug;
  std::string message;
  uint64_t event = 0;
  std::vector<Position> earlier;
  std::string suppressed;
  std::string why;
  std::string text;
  std::string json, ocsf, timesketch;
};

std::vector<Found> run_rules(RuleSet& rules, const std::string& path,
                             RuleSelection selection = {},
                             Suppressions suppressions = {});
std::vector<Found> run_rules(RuleSet& rules, TraceBuilder& trace,
                             RuleSelection selection = {},
                             Suppressions suppressions = {});
std::vector<std::string> names(const std::vector<Found>& findings);
// From a text in which nothing is wrong.
RuleSet rules_of(const std::string& text);

}  // namespace vestige
