// SPDX-License-Identifier: Apache-2.0
//
// One side of a comparison, bound: a field, a function of operands, or
// constants; with its type.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"
#include "replay/facts/field.h"
#include "replay/facts/needs.h"
#include "replay/filter/ast.h"

namespace vestige::filter {

class BoundOperand {
 public:
  // text: the whole filter, for errors. Names of fields without a getter are
  // added to `unanswerable`.
  static Result<BoundOperand> bind(std::string_view text, const Operand& from,
                                   std::set<std::string>& unanswerable);

  [[nodiscard]] FieldType type() const { return type_; }
  [[nodiscard]] bool is_list() const { return flags_ & kList; }
  [[nodiscard]] uint8_t flags() const { return flags_; }
  // What must be known before extract().
  [[nodiscard]] Needs needs() const;
  // nullptr: a function or constants.
  [[nodiscard]] const FieldInfo* field() const { return field_; }
  [[nodiscard]] const FieldArgument& argument() const { return argument_; }

  void extract(const EventView& view, FieldValues& out) const;

 private:
  void transform(const EventView& view, FieldValues& out) const;

  Operand::Kind kind_ = Operand::Kind::kField;
  FieldType type_ = FieldType::kText;
  uint8_t flags_ = kPlain;
  const FieldInfo* field_ = nullptr;
  FieldArgument argument_;
  Transformer transformer_ = Transformer{};
  std::string constant_;
  std::vector<BoundOperand> arguments_;
};

}  // namespace vestige::filter
