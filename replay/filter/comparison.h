// SPDX-License-Identifier: Apache-2.0
//
// One comparison, ready to be made: the left side bound, the right side
// converted to its type or, with val() and functions, bound as well.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "format/result.h"
#include "replay/filter/bounds.h"
#include "replay/filter/constant.h"
#include "replay/filter/filter.h"
#include "replay/filter/operand.h"

namespace vestige::filter {

class Comparison {
 public:
  static Result<Comparison> bind(std::string_view text, const Check& check,
                                 const Definitions& definitions,
                                 std::set<std::string>& unanswerable);

  [[nodiscard]] bool holds(const EventView& view, FieldValues& scratch) const;
  [[nodiscard]] Needs needs() const;
  [[nodiscard]] Bounds bounds() const;

 private:
  [[nodiscard]] Bounds bounds_of_content() const;
  Result<void> bind_right(std::string_view text, const Check& check,
                          const Definitions& definitions,
                          std::set<std::string>& unanswerable);
  [[nodiscard]] Error not_for_type(std::string_view text,
                                   const Check& check) const;
  [[nodiscard]] bool is_in_list(const FieldValue& value,
                                const std::vector<Constant>& list) const;
  [[nodiscard]] bool holds_for(const FieldValue& value,
                               const std::vector<Constant>& right) const;
  [[nodiscard]] bool holds_between(const std::span<const FieldValue>& values,
                                   const std::vector<Constant>& right) const;

  BoundOperand left_;
  Operator op_ = Operator::kExists;
  Modifier modifier_ = Modifier::kNone;
  std::vector<Constant> constants_;
  std::unordered_set<std::string> texts_;  // of constants_, for `in`
  std::vector<BoundOperand> right_;        // one, or none: constants_
};

}  // namespace vestige::filter
