// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/explain.h"

#include <fmt/format.h>

#include "format/escape.h"
#include "replay/filter/parser.h"
#include "replay/rules/rule_output.h"

namespace vestige {
namespace {

using filter::Expression;
using filter::Operand;

constexpr size_t kMaxText = 100;
constexpr int kMaxDepth = 64;

class Explainer {
 public:
  Explainer(const filter::Definitions& definitions, const EventView& view)
      : definitions_(definitions), view_(view) {}

  // Returns whether it holds; adds its lines.
  bool add(std::string_view text, const Expression& expression, int depth) {
    const size_t line = out_.size();
    bool holds = false;
    std::string note;
    switch (expression.kind) {
      case Expression::Kind::kCheck:
        holds = check(text, expression, note);
        break;
      case Expression::Kind::kMacro:
        note = "macro " + escaped(expression.macro);
        holds = macro(expression, depth);
        break;
      case Expression::Kind::kNot:
        note = "not";
        holds = !add(text, expression.children[0], depth + 1);
        break;
      case Expression::Kind::kAnd:
      case Expression::Kind::kOr: {
        const bool is_and = expression.kind == Expression::Kind::kAnd;
        note = is_and ? "all of" : "one of";
        holds = is_and;
        for (const Expression& child : expression.children) {
          const bool one = add(text, child, depth + 1);
          holds = is_and ? holds && one : holds || one;
        }
        break;
      }
    }
    out_.insert(line, fmt::format("{:{}}{} {}\n", "", 2 * depth,
                                  holds ? '+' : '-', note));
    return holds;
  }

  std::string take() { return std::move(out_); }

 private:
  bool check(std::string_view text, const Expression& expression,
             std::string& note) {
    const std::string_view own = text.substr(
        expression.span.begin, expression.span.end - expression.span.begin);
    note = condition_line(own);
    if (const Operand& left = expression.check.left;
        left.kind == Operand::Kind::kField) {
      std::string name = left.text;
      if (left.argument) name += "[" + *left.argument + "]";
      if (const auto field = BoundField::bind(name))
        note += fmt::format("   # {}",
                            condition_line(field_of(view_, *field).text));
    }
    auto compiled = filter::Filter::compile(own, definitions_);
    return compiled && compiled->matches(view_);
  }

  bool macro(const Expression& expression, int depth) {
    const auto found = definitions_.macros.find(expression.macro);
    if (found == definitions_.macros.end() || depth > kMaxDepth) return false;
    const auto parsed = filter::parse(found->second);
    return parsed && add(found->second, *parsed, depth + 1);
  }

  const filter::Definitions& definitions_;
  const EventView& view_;
  std::string out_;
};

}  // namespace

std::string condition_line(std::string_view text) {
  std::string out;
  bool was_blank = false;
  for (const char c : text) {  // folded texts of YAML hold line breaks
    const bool is_blank = c == ' ' || c == '\n' || c == '\t';
    if (!(is_blank && was_blank)) out += is_blank ? ' ' : c;
    was_blank = is_blank;
  }
  if (out.size() <= kMaxText) return escaped(out);
  return escaped(std::string_view(out).substr(0, kMaxText - 3)) + "...";
}

std::string explain(std::string_view condition,
                    const filter::Definitions& definitions,
                    const EventView& view) {
  const auto parsed = filter::parse(condition);
  if (!parsed) return {};
  Explainer explainer(definitions, view);
  explainer.add(condition, *parsed, 0);
  return explainer.take();
}

}  // namespace vestige
