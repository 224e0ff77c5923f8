// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/filter.h"

#include <fmt/format.h>

#include <algorithm>

#include "format/escape.h"
#include "replay/filter/comparison.h"
#include "replay/filter/parser.h"
#include "replay/filter/suggest.h"

namespace vestige::filter {
namespace {

struct Node {
  Expression::Kind kind = Expression::Kind::kAnd;
  std::vector<Node> children;  // an empty kAnd matches everything
  std::unique_ptr<Comparison> comparison;
};

bool matches(const Node& node, const EventView& view, FieldValues& scratch) {
  const auto holds = [&](const Node& child) {
    return matches(child, view, scratch);
  };
  switch (node.kind) {
    case Expression::Kind::kAnd:
      return std::ranges::all_of(node.children, holds);
    case Expression::Kind::kOr:
      return std::ranges::any_of(node.children, holds);
    case Expression::Kind::kNot: return !holds(node.children[0]);
    case Expression::Kind::kCheck: return node.comparison->holds(view, scratch);
    case Expression::Kind::kMacro: return holds(node.children[0]);
  }
  return false;
}

Needs needs_of(const Node& node) {
  if (node.comparison) return node.comparison->needs();
  Needs needs;
  for (const Node& child : node.children) needs.add(needs_of(child));
  return needs;
}

Bounds bounds_of(const Node& node) {
  Bounds bounds;
  switch (node.kind) {
    case Expression::Kind::kCheck: return node.comparison->bounds();
    case Expression::Kind::kNot: return {};
    case Expression::Kind::kMacro: return bounds_of(node.children[0]);
    case Expression::Kind::kAnd:
      for (const Node& child : node.children)
        bounds = both(bounds, bounds_of(child));
      return bounds;
    case Expression::Kind::kOr: break;
  }
  bounds = bounds_of(node.children[0]);
  for (const Node& child : node.children)
    bounds = either(bounds, bounds_of(child));
  return bounds;
}

// Macros may name macros; so deep that it must be a circle, or so many nodes
// that it must be a bomb, is refused.
constexpr int kMaxMacroDepth = 64;
constexpr size_t kMaxNodes = 200'000;

class Compiler {
 public:
  Compiler(const Definitions& definitions, std::set<std::string>& unanswerable)
      : definitions_(definitions), unanswerable_(unanswerable) {}

  Result<Node> compile(std::string_view text, const Expression& from) {
    Node node;
    node.kind = from.kind;
    if (++nodes_ > kMaxNodes)
      return error_at(text, from.span, "the filter is too large");
    if (from.kind == Expression::Kind::kCheck) {
      node.comparison = std::make_unique<Comparison>(
          TRY(Comparison::bind(text, from.check, definitions_, unanswerable_)));
      return node;
    }
    if (from.kind == Expression::Kind::kMacro) {
      Node inner = TRY(macro(text, from));
      node.children.push_back(std::move(inner));
      return node;
    }
    for (const Expression& child : from.children) {
      Node compiled = TRY(compile(text, child));
      node.children.push_back(std::move(compiled));
    }
    return node;
  }

 private:
  Result<Node> macro(std::string_view text, const Expression& from) {
    const auto found = definitions_.macros.find(from.macro);
    if (found == definitions_.macros.end())
      return error_at(
          text, from.span,
          fmt::format("unknown macro {}{}", escaped(from.macro),
                      did_you_mean(from.macro, definitions_.macros,
                                   [](const auto& each) -> std::string_view {
                                     return each.first;
                                   })));
    if (depth_ == kMaxMacroDepth)
      return error_at(text, from.span, "macros name each other in a circle");
    ++depth_;
    const Expression parsed = TRY(parse(found->second));
    Node node = TRY(compile(found->second, parsed));
    --depth_;
    return node;
  }

  const Definitions& definitions_;
  std::set<std::string>& unanswerable_;
  int depth_ = 0;
  size_t nodes_ = 0;
};

}  // namespace

struct Filter::State {
  std::shared_ptr<const Node> root;
  std::set<std::string> unanswerable;
  FieldValues scratch;
};

Result<Filter> Filter::compile(std::string_view text,
                               const Definitions& definitions) {
  auto state = std::make_unique<State>();
  const bool is_empty =
      text.find_first_not_of(" \t\r\n") == std::string_view::npos;
  if (!is_empty) {
    const Expression parsed = TRY(parse(text));
    state->root = std::make_shared<const Node>(
        TRY(Compiler(definitions, state->unanswerable).compile(text, parsed)));
  } else {
    state->root = std::make_shared<const Node>();
  }
  return Filter(std::move(state));
}

Filter::Filter(std::unique_ptr<State> state) : state_(std::move(state)) {}
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

Filter Filter::twin() const {
  auto state = std::make_unique<State>();
  state->root = state_->root;
  state->unanswerable = state_->unanswerable;
  return Filter(std::move(state));
}

bool Filter::matches(const EventView& view) {
  return filter::matches(*state_->root, view, state_->scratch);
}

Needs Filter::needs() const {
  return needs_of(*state_->root);
}

Bounds Filter::bounds() const {
  return bounds_of(*state_->root);
}

const std::set<std::string>& Filter::unanswerable() const {
  return state_->unanswerable;
}

}  // namespace vestige::filter
