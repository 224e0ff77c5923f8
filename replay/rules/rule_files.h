// SPDX-License-Identifier: Apache-2.0
//
// Rule files by path, and what they find in a trace, to keep:
//
//   RuleSet rules = TRY(load_rules({default_rules()}));
//   const Findings found = TRY(find_all("web.vtrace", rules));
//   for (const Finding& each : found.all) ... each.rule->name, each.message
//
// Fields and filters see a finding as row_of(finding), beside its event. A
// RuleEngine hands out findings one by one.
#pragma once

#include <string>
#include <vector>

#include "replay/rules/rule_engine.h"

namespace vestige {

// The rules that come with vestige: PREFIX/share/vestige/rules for a program
// in PREFIX/bin.
std::string default_rules();

// Files, or folders of which all *.yaml are taken by name, in this order.
// kUsage: there are none; kSystem: unreadable. Faults within are no error
// here: see RuleSet::is_valid() and reports().
Result<RuleSet> load_rules(const std::vector<std::string>& paths);

// What the rules find in a trace, in its order; the rules must outlive it.
struct Findings {
  static constexpr size_t kMost = 1'000'000;  // kept; more are only counted
  std::vector<Finding> all;
  uint64_t total = 0;
};
Result<Findings> find_all(const std::string& trace, RuleSet& rules,
                          const RuleSelection& selection = {},
                          const RuleEngine::Progress& progress = {});

}  // namespace vestige
