// SPDX-License-Identifier: Apache-2.0
//
// A filter as written: structure and positions, nothing known of fields yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vestige::filter {

// Half-open range of bytes in the text that was parsed.
struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;
};

enum class OperatorShape : uint8_t { kUnary, kOrder, kEqual, kText, kList };

enum class Operator : uint8_t {
  kExists,
  kLessEqual,
  kLess,
  kGreaterEqual,
  kGreater,
  kEqual,
  kNotEqual,
  kGlob,
  kIglob,
  kContains,
  kIcontains,
  kBcontains,
  kStartswith,
  kBstartswith,
  kEndswith,
  kRegex,
  kIntersects,
  kIn,
  kPmatch,
};

// `= anyof (a, b)` is `= a or = b`; allof joins by and; oneof wants exactly
// one of them to hold.
enum class Modifier : uint8_t { kNone, kOneOf, kAnyOf, kAllOf };

enum class Transformer : uint8_t {
#define TRANSFORMER(name, text, least, most, doc) name,
#include "replay/filter/transformers.def"
#undef TRANSFORMER
};

// Left or right side of a comparison.
struct Operand {
  enum class Kind : uint8_t { kField, kTransformer, kText, kList, kNone };

  Kind kind = Kind::kNone;
  Span span;
  Transformer transformer = Transformer{};
  std::string text;                     // field name, text or list name
  std::optional<std::string> argument;  // name[argument], getopt(...)[t]
  bool is_quoted = false;               // text was in quotes
  std::vector<Operand> arguments;       // of a transformer, items of a list
};

struct Check {
  Operand left;
  Operator op = Operator::kExists;
  Modifier modifier = Modifier::kNone;
  Operand right;
  Span op_span;
};

struct Expression {
  enum class Kind : uint8_t { kAnd, kOr, kNot, kCheck, kMacro };

  Kind kind = Kind::kCheck;
  Span span;
  std::vector<Expression> children;  // kAnd, kOr: two or more; kNot: one
  Check check;
  std::string macro;  // name
};

}  // namespace vestige::filter
