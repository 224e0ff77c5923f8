// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/event_types.h"

#include <algorithm>
#include <iterator>

#include "format/descriptor.h"

namespace vestige {
namespace {

using filter::Expression;
using filter::Operand;
using filter::Operator;
using Names = std::set<std::string, std::less<>>;

// Macros may name each other in a circle; the filter compiler refuses that.
constexpr int kMaxDepth = 64;

// Names that Falco has for calls, and its events that are no calls.
constexpr std::string_view kOtherTypes[] = {
    "pread",         "pwrite",     "prlimit",      "llseek",
    "asyncevent",    "container",  "cpu_hotplug",  "drop",
    "notification",  "page_fault", "pluginevent",  "procexit",
    "signaldeliver", "switch",     "sysdigevent",  "syscall",
    "tracer",        "infra",      "k8s",          "mesos",
    "generic",       "user_added", "user_deleted", "group_added",
    "group_deleted"};

Names join(const Names& a, const Names& b) {
  Names out = a;
  out.insert(b.begin(), b.end());
  return out;
}

Names common(const Names& a, const Names& b) {
  Names out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(),
                        std::inserter(out, out.end()));
  return out;
}

Names without(const Names& a, const Names& b) {
  Names out;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(),
                      std::inserter(out, out.end()));
  return out;
}

// Types, and whether the condition holds for every event of them: only then
// is its negation about all others.
struct Types {
  EventTypeSet set;
  bool is_exact = false;
};

bool is_about_type(const Expression& check) {
  return check.check.left.kind == Operand::Kind::kField &&
         check.check.left.text == "evt.type" &&
         check.check.modifier == filter::Modifier::kNone;
}

// The constants that evt.type is compared with.
std::vector<const Operand*> constants(const Operand& right) {
  if (right.kind == Operand::Kind::kText) return {&right};
  std::vector<const Operand*> out;
  if (right.kind == Operand::Kind::kList)
    for (const Operand& item : right.arguments) out.push_back(&item);
  return out;
}

Types types_of_check(const Expression& expression) {
  if (!is_about_type(expression)) return {};
  const Operator op = expression.check.op;
  const bool is_equal = op == Operator::kEqual || op == Operator::kIn;
  if (!is_equal && op != Operator::kNotEqual) return {};
  Types out{{!is_equal, {}}, true};
  for (const Operand* const constant : constants(expression.check.right)) {
    if (constant->kind != Operand::Kind::kText) return {};
    out.set.names.insert(constant->text);
  }
  return out;
}

Types types_of(const Expression& expression, const ParsedMacros& macros,
               int depth) {
  if (depth > kMaxDepth) return {};
  switch (expression.kind) {
    case Expression::Kind::kCheck: return types_of_check(expression);
    case Expression::Kind::kMacro: {
      const auto found = macros.find(expression.macro);
      if (found == macros.end()) return {};
      return types_of(found->second, macros, depth + 1);
    }
    case Expression::Kind::kNot: {
      Types inner = types_of(expression.children[0], macros, depth + 1);
      if (!inner.is_exact) return {};
      inner.set.is_complement = !inner.set.is_complement;
      return inner;
    }
    case Expression::Kind::kAnd:
    case Expression::Kind::kOr: break;
  }
  Types all = types_of(expression.children[0], macros, depth + 1);
  for (size_t i = 1; i < expression.children.size(); ++i) {
    const Types next = types_of(expression.children[i], macros, depth + 1);
    all.set = expression.kind == Expression::Kind::kAnd ? all.set & next.set
                                                        : all.set | next.set;
    all.is_exact = all.is_exact && next.is_exact;
  }
  return all;
}

bool is_known_type(std::string_view name) {
  for (const Abi abi : {Abi::kX86_64, Abi::kArm64, Abi::kI386, Abi::kX32,
                        Abi::kArm32, Abi::kKernel}) {
    if (find_descriptor(abi, name)) return true;
  }
  return std::find(std::begin(kOtherTypes), std::end(kOtherTypes), name) !=
         std::end(kOtherTypes);
}

}  // namespace

EventTypeSet operator&(const EventTypeSet& a, const EventTypeSet& b) {
  if (a.is_complement && b.is_complement) return {true, join(a.names, b.names)};
  if (a.is_complement) return {false, without(b.names, a.names)};
  if (b.is_complement) return {false, without(a.names, b.names)};
  return {false, common(a.names, b.names)};
}

EventTypeSet operator|(const EventTypeSet& a, const EventTypeSet& b) {
  if (a.is_complement && b.is_complement)
    return {true, common(a.names, b.names)};
  if (a.is_complement) return {true, without(a.names, b.names)};
  if (b.is_complement) return {true, without(b.names, a.names)};
  return {false, join(a.names, b.names)};
}

EventTypeSet event_types(const Expression& condition,
                         const ParsedMacros& macros) {
  return types_of(condition, macros, 0).set;
}

void for_each_leaf(const Expression& condition,
                   const std::function<void(const Expression&)>& visit) {
  if (condition.children.empty()) {
    visit(condition);
    return;
  }
  for (const Expression& child : condition.children)
    for_each_leaf(child, visit);
}

std::vector<UnknownEventType> unknown_event_types(const Expression& condition) {
  std::vector<UnknownEventType> out;
  for_each_leaf(condition, [&](const Expression& leaf) {
    if (leaf.kind != Expression::Kind::kCheck || !is_about_type(leaf)) return;
    const Operator op = leaf.check.op;
    if (op != Operator::kEqual && op != Operator::kIn &&
        op != Operator::kNotEqual)
      return;
    for (const Operand* const constant : constants(leaf.check.right)) {
      if (constant->kind == Operand::Kind::kText &&
          !is_known_type(constant->text))
        out.push_back({constant->text, constant->span});
    }
  });
  return out;
}

}  // namespace vestige
