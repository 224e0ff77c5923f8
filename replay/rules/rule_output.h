// SPDX-License-Identifier: Apache-2.0
//
// What a rule says when it matched: an output format (output_format.h) whose
// values are told as Falco tells them, lists in parentheses, bytes as they are:
// "Shell started (command=%proc.cmdline parent=%proc.aname[2])".
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "format/result.h"
#include "replay/filter/operand.h"
#include "replay/filter/output_format.h"

namespace vestige {

// A field with its argument, or a function, bound.
struct BoundField {
  std::string name;  // as written
  filter::BoundOperand operand;

  // "proc.aname[2]", "evt.arg.flags"; an error without a position.
  static Result<BoundField> bind(std::string_view name);
};

struct FieldText {
  std::string name;
  bool has_value = false;
  std::string text;  // "<NA>" for none; hostile bytes as they are
  std::string json;  // as a JSON value; null for none
};
FieldText field_of(const EventView& view, const BoundField& field);

class RuleOutput {
 public:
  // kUsage: "invalid formatting token NAME".
  static Result<RuleOutput> parse(std::string_view text);

  struct Rendered {
    std::string text;
    std::vector<FieldText> fields;  // each once
  };
  [[nodiscard]] Rendered render(const EventView& view) const;

 private:
  explicit RuleOutput(filter::OutputFormat format)
      : format_(std::move(format)) {}

  filter::OutputFormat format_;
};

}  // namespace vestige
