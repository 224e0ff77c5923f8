// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/condition_graph.h"

#include <algorithm>
#include <iterator>

#include "replay/filter/parser.h"

namespace vestige {
namespace {

using filter::Expression;
using filter::Operand;
using Kind = Expression::Kind;

// Fields with one value for all events of a type in a trace.
constexpr std::string_view kSameForType[] = {
    "evt.type",        "evt.category",
    "evt.dir",         "evt.source",
    "evt.is_io",       "evt.is_io_read",
    "evt.is_io_write", "evt.is_wait",
    "evt.hostname",    "syscall.type",
    "container.id",    "container.full_id",
    "container.name",  "container.type",
    "container.image", "container.image.repository",
    "container.label", "container.image.tag",
    "k8s.ns.name",     "container.image.digest",
    "k8s.pod.name"};

bool is_same_for_type(const filter::Check& check) {
  return check.left.kind == Operand::Kind::kField &&
         check.right.kind != Operand::Kind::kTransformer &&
         std::find(std::begin(kSameForType), std::end(kSameForType),
                   check.left.text) != std::end(kSameForType);
}

}  // namespace

ConditionGraph::ConditionGraph() {
  intern("false", {.kind = Kind::kOr});
  intern("true", {.kind = Kind::kAnd});
}

ConditionGraph::Id ConditionGraph::intern(std::string key, Node node) {
  const auto [at, is_new] = ids_.try_emplace(std::move(key), nodes_.size());
  if (is_new) {
    nodes_.push_back(std::move(node));
    outcomes_.emplace_back();
  }
  return at->second;
}

Result<ConditionGraph::Id> ConditionGraph::add(
    std::string_view text, const filter::Definitions& definitions) {
  const Expression parsed = TRY(filter::parse(text));
  return add(text, parsed, definitions);
}

Result<ConditionGraph::Id> ConditionGraph::add(
    std::string_view text, const Expression& expression,
    const filter::Definitions& definitions) {
  std::vector<Id> children;
  for (const Expression& child : expression.children)
    children.push_back(TRY(add(text, child, definitions)));
  switch (expression.kind) {
    case Kind::kCheck: return add_check(text, expression, definitions);
    case Kind::kMacro: return add_macro(expression.macro, definitions);
    case Kind::kNot: return negate(children[0]);
    case Kind::kAnd:
    case Kind::kOr: break;
  }
  return combine(expression.kind, std::move(children));
}

Result<ConditionGraph::Id> ConditionGraph::add_check(
    std::string_view text, const Expression& expression,
    const filter::Definitions& definitions) {
  const filter::Span span = expression.span;
  std::string key(text.substr(span.begin, span.end - span.begin));
  if (const auto known = ids_.find(key); known != ids_.end())
    return known->second;
  std::set<std::string> unanswerable;
  auto bound = TRY(filter::Comparison::bind(text, expression.check, definitions,
                                            unanswerable));
  // Of a field without a value no comparison holds.
  if (!unanswerable.empty()) {
    ids_.emplace(std::move(key), kFalse);
    return kFalse;
  }
  return intern(
      std::move(key),
      {.kind = Kind::kCheck,
       .comparison = std::make_unique<filter::Comparison>(std::move(bound)),
       .is_same_for_type = is_same_for_type(expression.check)});
}

Result<ConditionGraph::Id> ConditionGraph::add_macro(
    const std::string& name, const filter::Definitions& definitions) {
  const auto found = definitions.macros.find(name);
  if (found == definitions.macros.end())
    return Error{ErrorKind::kUsage, "unknown macro " + name};
  if (const auto known = macros_.find(found->second); known != macros_.end())
    return known->second;
  const Id id = TRY(add(found->second, definitions));
  macros_.emplace(found->second, id);
  return id;
}

ConditionGraph::Id ConditionGraph::negate(Id id) {
  if (id <= kTrue) return id == kTrue ? kFalse : kTrue;
  if (nodes_[id].kind == Kind::kNot) return nodes_[id].children[0];
  return intern("not " + std::to_string(id),
                {.kind = Kind::kNot, .children = {id}});
}

// `and` of what has a false in it is false, `or` of what has a true in it is
// true; the other constant adds nothing.
ConditionGraph::Id ConditionGraph::combine(Kind kind,
                                           std::vector<Id> children) {
  const Id deciding = kind == Kind::kAnd ? kFalse : kTrue;
  const Id empty = kind == Kind::kAnd ? kTrue : kFalse;
  std::vector<Id> kept;
  std::string key = kind == Kind::kAnd ? "and" : "or";
  for (const Id child : children) {
    if (child == deciding) return deciding;
    if (child == empty || std::ranges::find(kept, child) != kept.end())
      continue;
    kept.push_back(child);
    key += ' ' + std::to_string(child);
  }
  if (kept.empty()) return empty;
  if (kept.size() == 1) return kept[0];
  return intern(std::move(key), {.kind = kind, .children = std::move(kept)});
}

ConditionGraph::Id ConditionGraph::settled(Id id, const EventView& view) {
  Settled known;
  return settle(id, view, known);
}

ConditionGraph::Id ConditionGraph::settle(Id id, const EventView& view,
                                          Settled& known) {
  if (id <= kTrue) return id;
  if (const auto found = known.find(id); found != known.end())
    return found->second;
  const Kind kind = nodes_[id].kind;
  Id out = id;
  if (kind == Kind::kCheck) {
    if (nodes_[id].is_same_for_type)
      out = nodes_[id].comparison->holds(view, scratch_) ? kTrue : kFalse;
  } else {
    // By value: nodes_ grows.
    std::vector<Id> children = nodes_[id].children;
    for (Id& child : children) child = settle(child, view, known);
    out = kind == Kind::kNot ? negate(children[0])
                             : combine(kind, std::move(children));
  }
  known.emplace(id, out);
  return out;
}

bool ConditionGraph::holds(Id id, const EventView& view) {
  if (id <= kTrue) return id == kTrue;
  if (outcomes_[id].event == event_) return outcomes_[id].holds;
  const bool outcome = ask(nodes_[id], view);
  outcomes_[id] = {event_, outcome};
  return outcome;
}

bool ConditionGraph::ask(const Node& node, const EventView& view) {
  const auto holding = [&](Id child) { return holds(child, view); };
  switch (node.kind) {
    case Kind::kCheck: return node.comparison->holds(view, scratch_);
    case Kind::kNot: return !holding(node.children[0]);
    case Kind::kAnd: return std::ranges::all_of(node.children, holding);
    case Kind::kOr: return std::ranges::any_of(node.children, holding);
    case Kind::kMacro: break;  // replaced by what it stands for
  }
  return false;
}

}  // namespace vestige
