// SPDX-License-Identifier: Apache-2.0
//
// Asks rules of every event of a trace, in one pass.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "replay/rules/finding.h"
#include "replay/rules/sequence_tracker.h"
#include "replay/rules/suppressions.h"

namespace vestige {

// As Falco's rule_matching: the first rule of the files that matches an
// event, or all.
enum class RuleMatching : uint8_t { kFirst, kAll };

struct RuleSelection {
  RuleMatching matching = RuleMatching::kAll;
  Priority least = Priority::kDebug;
  std::vector<std::string> names;  // parts of names; none: all
  std::vector<std::string> excluded_names;
  std::vector<std::string> tags;  // one of them; none: all
  std::vector<std::string> excluded_tags;
  bool with_disabled = false;
  bool explains = false;  // fills Finding::why
  // What else must hold of a finding: fields of its event and finding.*.
  std::shared_ptr<filter::Filter> where;

  [[nodiscard]] bool wants(const RuleInfo& rule) const;
};

class RuleEngine {
 public:
  using Sink = std::function<void(const Finding&)>;
  // Called every now and then while reading; false gives up (kUsage error).
  using Progress = std::function<bool(uint64_t events)>;

  // rules and suppressions must outlive the engine.
  RuleEngine(RuleSet& rules, Suppressions& suppressions,
             RuleSelection selection);

  // Every finding goes to the sink as it is found; it lives for the call.
  // State of sequences begins anew.
  Result<void> run(const std::string& path, const Sink& sink,
                   const Progress& progress = {});

  [[nodiscard]] uint64_t events() const { return events_; }
  [[nodiscard]] size_t rules() const { return rules_.size(); }
  [[nodiscard]] size_t sequences() const { return sequences_.size(); }
  // Begun sequences that were given up for lack of room, of all traces.
  [[nodiscard]] uint64_t forgotten() const { return forgotten_; }

 private:
  // What there is to ask about one type of event, in order.
  struct Plan {
    struct AskedRule {
      ConditionGraph::Id condition;
      const Rule* rule;
    };
    struct AskedStep {
      ConditionGraph::Id condition;
      SequenceTracker* tracker;
      size_t step;
    };
    std::vector<AskedRule> rules;
    // Later steps first: one event does not make two steps.
    std::vector<AskedStep> steps;
  };

  const Plan& plan_for(const EventView& view);
  void apply(const EventView& view, const Plan& plan, std::string_view trace,
             const Sink& sink);
  void report(const EventView& view, std::string_view trace,
              const RuleInfo& rule, const RuleOutput& output,
              const Condition& condition, std::vector<Position> earlier,
              const Sink& sink);

  RuleSet& set_;
  Suppressions& suppressions_;
  RuleSelection selection_;
  std::shared_ptr<const TraceHeader> header_;  // of the trace being read
  std::vector<const Rule*> rules_;
  std::vector<const Sequence*> sequences_;
  std::vector<SequenceTracker> trackers_;
  std::map<EventType, Plan> plans_;
  // The last plans, by a few bits of their type: events repeat.
  struct Recent {
    EventType type{};
    const Plan* plan = nullptr;
  };
  std::array<Recent, 256> recent_ = {};
  BoundField type_field_;
  uint64_t events_ = 0;
  uint64_t forgotten_ = 0;
};

}  // namespace vestige
