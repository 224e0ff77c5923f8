// SPDX-License-Identifier: Apache-2.0
//
// What a rule says when it matched: text with %fields, as Falco writes it:
// "Shell started (command=%proc.cmdline parent=%proc.aname[2])".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"
#include "replay/facts/field.h"

namespace vestige {

// A field with its argument, bound.
struct BoundField {
  std::string name;  // as written
  const FieldInfo* info = nullptr;
  FieldArgument argument;

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
  struct Piece {
    std::string text;  // before the field
    int field = -1;    // index into fields_, -1: none
  };
  std::vector<Piece> pieces_;
  std::vector<BoundField> fields_;
};

}  // namespace vestige
