// SPDX-License-Identifier: Apache-2.0
//
// A value on the right of a comparison, converted to the type of the left,
// and what comparing with it means.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>

#include "format/result.h"
#include "replay/facts/field.h"
#include "replay/filter/ast.h"

namespace vestige::filter {

struct Constant {
  std::string text;              // as written; bytes for bcontains
  FieldValue value;              // its text is not used
  int prefix = 0;                // bits of a network; 32 or 128 for an address
  std::shared_ptr<RE2> pattern;  // glob, iglob, regex

  // The message says what is wrong with it, without a position.
  static Result<Constant> parse(FieldType type, Operator op, std::string text);
  // Of another field, at the time of an event.
  static Constant of(FieldType type, const FieldValue& value);
};

// Whether `value OP constant` holds. The type suits the operator.
bool compare(Operator op, FieldType type, const FieldValue& value,
             const Constant& constant);

// Whether the operator can be used with values of the type at all.
bool suits(Operator op, FieldType type);

// Whether `prefix` is the path or one of its parent directories.
bool is_path_prefix(std::string_view prefix, std::string_view path);

}  // namespace vestige::filter
