// SPDX-License-Identifier: Apache-2.0
//
// The conditions of all rules as one graph: what several of them say (a macro,
// a comparison) is one node and asked once per event. For a type of events the
// graph is made smaller: what is the same for all of them is settled.
//
//   const auto id = graph.add(condition, definitions);
//   const auto ask = graph.settled(id, view);     // once per type of event
//   graph.next_event();
//   if (graph.holds(ask, view)) ...
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "format/result.h"
#include "replay/filter/comparison.h"
#include "replay/filter/filter.h"

namespace vestige {

class ConditionGraph {
 public:
  using Id = uint32_t;
  static constexpr Id kFalse = 0;
  static constexpr Id kTrue = 1;

  ConditionGraph();

  // The condition must be one that Filter::compile() takes: its macros not in
  // circles, its size bounded.
  Result<Id> add(std::string_view text, const filter::Definitions& definitions);

  // The same condition for events of the view's type in the view's trace; may
  // be kFalse or kTrue.
  Id settled(Id id, const EventView& view);

  void next_event() { ++event_; }
  // Of the event since the last next_event().
  bool holds(Id id, const EventView& view);

  [[nodiscard]] size_t size() const { return nodes_.size(); }

 private:
  struct Node {
    filter::Expression::Kind kind = filter::Expression::Kind::kAnd;
    std::vector<Id> children;
    std::unique_ptr<filter::Comparison> comparison;
    bool is_same_for_type = false;
  };
  struct Outcome {
    uint64_t event = 0;
    bool holds = false;
  };
  using Settled = std::unordered_map<Id, Id>;

  Result<Id> add(std::string_view text, const filter::Expression& expression,
                 const filter::Definitions& definitions);
  Result<Id> add_check(std::string_view text,
                       const filter::Expression& expression,
                       const filter::Definitions& definitions);
  Result<Id> add_macro(const std::string& name,
                       const filter::Definitions& definitions);
  // One of all or any; settles what its children decide.
  Id combine(filter::Expression::Kind kind, std::vector<Id> children);
  Id negate(Id id);
  Id intern(std::string key, Node node);
  Id settle(Id id, const EventView& view, Settled& known);
  bool ask(const Node& node, const EventView& view);

  std::vector<Node> nodes_;
  std::vector<Outcome> outcomes_;  // by node
  std::unordered_map<std::string, Id> ids_;
  std::unordered_map<std::string, Id> macros_;  // by their text
  FieldValues scratch_;
  uint64_t event_ = 1;
};

}  // namespace vestige
