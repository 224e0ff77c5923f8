// SPDX-License-Identifier: Apache-2.0
//
// Rules ready to be asked of events.
//
//   RuleSet rules;
//   TRY(rules.add_file("falco_rules.yaml"));
//   for (const LoadReport& report : rules.reports()) ...
//
// Not thread-safe: asking conditions is not.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"
#include "replay/filter/filter.h"
#include "replay/rules/condition_graph.h"
#include "replay/rules/condition_text.h"
#include "replay/rules/event_types.h"
#include "replay/rules/rule_collection.h"
#include "replay/rules/rule_output.h"

namespace vestige {

// What findings tell of their rule.
struct RuleInfo {
  std::string name;
  std::string description;
  Priority priority = Priority::kDebug;
  std::vector<std::string> tags;
  bool is_enabled = true;
};

struct Condition {
  std::string text;  // lists replaced
  ConditionGraph::Id id = ConditionGraph::kFalse;
  EventTypeSet types;
  std::set<std::string> unanswerable;  // fields that no trace answers
};

struct Rule {
  RuleInfo info;
  Condition condition;
  RuleOutput output;
};

struct Sequence {
  struct Step {
    Condition condition;
    std::optional<BoundField> key;
  };
  RuleInfo info;
  std::vector<Step> steps;
  RuleOutput output;  // of the last event
  bool follows_tree = false;
  uint64_t within_ns = 0;
};

class RuleSet {
 public:
  // Reads and compiles; later files change what earlier ones said. Faults are
  // in the report; an error means that the file could not be read at all.
  Result<void> add_file(const std::string& path);
  void add_text(const std::string& name, const std::string& text);

  // One for each file, in order.
  [[nodiscard]] const std::vector<LoadReport>& reports() const {
    return reports_;
  }
  [[nodiscard]] bool is_valid() const;
  // In the order of their first definition; disabled ones included.
  [[nodiscard]] std::vector<Rule>& rules() { return rules_; }
  [[nodiscard]] std::vector<Sequence>& sequences() { return sequences_; }
  // What Condition::id is about.
  [[nodiscard]] ConditionGraph& conditions() { return conditions_; }
  // Macros as text, lists replaced.
  [[nodiscard]] const filter::Definitions& definitions() const {
    return definitions_;
  }

 private:
  class Compiler;

  void forget_what_is_used_now(const LoadReport& latest);

  RuleCollection items_;
  std::vector<LoadReport> reports_;
  std::vector<Rule> rules_;
  std::vector<Sequence> sequences_;
  ConditionGraph conditions_;
  filter::Definitions definitions_;
  std::set<std::string> told_;  // warnings that need no repetition
};

}  // namespace vestige
