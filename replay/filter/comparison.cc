// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/comparison.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/filter/parser.h"

namespace vestige::filter {
namespace {

bool is_list_operator(Operator op) {
  return operator_shape(op) == OperatorShape::kList;
}

// Items of a list; the names of lists among them replaced by their items.
std::vector<Operand> unfolded(const Operand& right,
                              const Definitions& definitions) {
  const std::vector<Operand> single = {right};
  const bool is_list = right.kind == Operand::Kind::kList;
  std::vector<Operand> out;
  for (const Operand& item : is_list ? right.arguments : single) {
    const auto list = definitions.lists.find(item.text);
    if (item.is_quoted || list == definitions.lists.end()) {
      out.push_back(item);
      continue;
    }
    for (const std::string& text : list->second) {
      out.push_back(item);
      out.back().text = text;
    }
  }
  return out;
}

// Arguments that are strings of the program: the index knows them.
bool is_passed_path(const FieldArgument& argument) {
  constexpr std::string_view kNames[] = {"filename", "name", "newpath",
                                         "oldpath",  "path", "pathname"};
  return std::ranges::find(kNames, argument.text) != std::end(kNames);
}

}  // namespace

Error Comparison::not_for_type(std::string_view text,
                               const Check& check) const {
  return error_at(
      text, check.op_span,
      fmt::format("'{}' cannot be used with {} of type {}", operator_text(op_),
                  left_.is_list() ? "a list" : "a field",
                  field_type_text(left_.type())));
}

Result<Comparison> Comparison::bind(std::string_view text, const Check& check,
                                    const Definitions& definitions,
                                    std::set<std::string>& unanswerable) {
  Comparison bound;
  bound.left_ = TRY(BoundOperand::bind(text, check.left, unanswerable));
  bound.op_ = check.op;
  bound.modifier_ = check.modifier;
  const bool is_for_lists =
      is_list_operator(check.op) || check.op == Operator::kExists;
  const bool compares_each = bound.left_.flags() & (kAnyOf | kBoth);
  if (!suits(check.op, bound.left_.type()) ||
      (bound.left_.is_list() && !is_for_lists && !compares_each))
    return bound.not_for_type(text, check);
  if (check.op != Operator::kExists)
    if (auto right = bound.bind_right(text, check, definitions, unanswerable);
        !right)
      return std::move(right).error();
  return bound;
}

Result<void> Comparison::bind_right(std::string_view text, const Check& check,
                                    const Definitions& definitions,
                                    std::set<std::string>& unanswerable) {
  if (check.right.kind == Operand::Kind::kTransformer) {
    BoundOperand right =
        TRY(BoundOperand::bind(text, check.right, unanswerable));
    if (right.type() != left_.type())
      return error_at(text, check.right.span,
                      fmt::format("{} cannot be compared with {}",
                                  field_type_text(left_.type()),
                                  field_type_text(right.type())));
    if (op_ == Operator::kGlob || op_ == Operator::kIglob ||
        op_ == Operator::kRegex)
      return error_at(text, check.right.span, "a pattern must be written out");
    right_.push_back(std::move(right));
    return {};
  }
  const bool takes_list = is_list_operator(op_) || modifier_ != Modifier::kNone;
  for (Operand& item : takes_list ? unfolded(check.right, definitions)
                                  : std::vector<Operand>{check.right}) {
    auto constant = Constant::parse(left_.type(), op_, std::move(item.text));
    if (!constant) return error_at(text, item.span, constant.error().message);
    if (op_ == Operator::kIn) texts_.insert(constant->text);
    constants_.push_back(*std::move(constant));
  }
  return {};
}

bool Comparison::is_in_list(const FieldValue& value,
                            const std::vector<Constant>& list) const {
  const bool has_set = op_ == Operator::kIn && right_.empty() &&
                       left_.type() == FieldType::kText;
  if (has_set) return texts_.contains(std::string(value.text));
  return std::ranges::any_of(list, [&](const Constant& constant) {
    return compare(op_, left_.type(), value, constant);
  });
}

bool Comparison::holds_for(const FieldValue& value,
                           const std::vector<Constant>& right) const {
  if (is_list_operator(op_)) return is_in_list(value, right);
  const auto holding =
      std::ranges::count_if(right, [&](const Constant& constant) {
        return compare(op_, left_.type(), value, constant);
      });
  switch (modifier_) {
    case Modifier::kNone:
    case Modifier::kAnyOf: return holding > 0;
    case Modifier::kOneOf: return holding == 1;
    case Modifier::kAllOf:
      return holding > 0 && size_t(holding) == right.size();
  }
  return false;
}

// `in` is about all values of a list, everything else about any of them; but
// fields of two sides are unequal to what neither side is equal to.
bool Comparison::holds_between(const std::span<const FieldValue>& values,
                               const std::vector<Constant>& right) const {
  const auto holds_one = [&](const FieldValue& value) {
    return holds_for(value, right);
  };
  const bool is_about_all =
      (op_ == Operator::kIn && left_.is_list() && !(left_.flags() & kAnyOf)) ||
      (op_ == Operator::kNotEqual && left_.flags() & kBoth);
  return is_about_all ? std::ranges::all_of(values, holds_one)
                      : std::ranges::any_of(values, holds_one);
}

Needs Comparison::needs() const {
  Needs needs = left_.needs();
  for (const BoundOperand& right : right_) needs.add(right.needs());
  return needs;
}

// What the payload must contain.
Bounds Comparison::bounds_of_content() const {
  const bool is_piece =
      op_ == Operator::kEqual || op_ == Operator::kContains ||
      op_ == Operator::kStartswith || op_ == Operator::kEndswith ||
      op_ == Operator::kBcontains || op_ == Operator::kBstartswith;
  const bool takes_any =
      modifier_ == Modifier::kNone || modifier_ == Modifier::kAnyOf;
  Bounds bounds;
  if (!is_piece || !takes_any || !right_.empty()) return bounds;
  std::set<std::string> pieces;
  for (const Constant& constant : constants_) {
    if (constant.text.empty()) return bounds;
    pieces.insert(constant.text);
  }
  bounds.contents = std::move(pieces);
  return bounds;
}

Bounds Comparison::bounds() const {
  if (left_.field() && left_.field()->name == "evt.buffer")
    return bounds_of_content();
  const bool is_equal =
      (op_ == Operator::kEqual &&
       (modifier_ == Modifier::kNone || modifier_ == Modifier::kAnyOf)) ||
      op_ == Operator::kIn;
  const FieldInfo* field = left_.field();
  if (!is_equal || !field || !right_.empty()) return {};
  Bounds bounds;
  std::set<std::string> texts;
  for (const Constant& constant : constants_) texts.insert(constant.text);
  if (field->name == "evt.type") bounds.types = texts;
  if (field->name == "proc.name") bounds.names = texts;
  const bool are_paths = std::ranges::all_of(
      texts, [](const std::string& text) { return text.starts_with('/'); });
  const bool is_passed =
      (field->name == "evt.arg" && is_passed_path(left_.argument())) ||
      field->name == "fs.path.nameraw";
  if (is_passed && are_paths) bounds.texts = texts;
  if (field->name != "proc.pid") return bounds;
  bounds.pids.emplace();
  for (const Constant& constant : constants_)
    bounds.pids->insert(uint32_t(constant.value.number));
  return bounds;
}

bool Comparison::holds(const EventView& view, FieldValues& scratch) const {
  scratch.clear();
  left_.extract(view, scratch);
  if (scratch.empty()) return false;
  if (op_ == Operator::kExists) return true;
  if (right_.empty()) return holds_between(scratch.all(), constants_);
  FieldValues values;
  right_[0].extract(view, values);
  if (values.empty()) return false;
  std::vector<Constant> constants;
  for (const FieldValue& value : values.all())
    constants.push_back(Constant::of(left_.type(), value));
  return holds_between(scratch.all(), constants);
}

}  // namespace vestige::filter
