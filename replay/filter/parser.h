// SPDX-License-Identifier: Apache-2.0
//
// From the text of a filter to its structure. The language is that of sysdig
// and Falco:
//
//   Expr      ::= And ('or' And)*
//   And       ::= Not ('and' Not)*
//   Not       ::= 'not'* (Check | Macro | '(' Expr ')')
//   Check     ::= Left Condition
//   Left      ::= Field | Transformer '(' Argument (',' Argument)* ')'
//   Condition ::= 'exists' | Order Right | Equal Right | Text Right
//               | List (Values | Right) | (Equal | Text) Modifier Values
//   Right     ::= Value | Transformer '(' ... ')'
//   Values    ::= '(' (Value (',' Value)*)? ')' | ListName
//   Field     ::= name ('.' name)+ ('[' argument ']')?
//   Modifier  ::= 'oneof' | 'anyof' | 'allof'
//
// Words end at blanks, quotes, parentheses, commas and '='; values in single
// or double quotes may hold anything, with backslash escapes.
#pragma once

#include <string>
#include <string_view>

#include "format/result.h"
#include "replay/filter/ast.h"

namespace vestige::filter {

// Deeper nesting than this is refused: the input is hostile.
inline constexpr int kMaxDepth = 100;
inline constexpr size_t kMaxFilterBytes = 8u << 20;

// A kUsage error has three lines: what and where, the text, a caret below.
Result<Expression> parse(std::string_view text);

// One field or function that begins at a byte of the text, and where it ends:
// for output formats.
struct ParsedOperand {
  Operand operand;
  uint32_t end = 0;
};
Result<ParsedOperand> parse_operand(std::string_view text, uint32_t at);

// The error that points into the text, for later steps that find one.
Error error_at(std::string_view text, Span where, std::string_view message);

std::string_view operator_text(Operator op);
OperatorShape operator_shape(Operator op);
std::string_view transformer_text(Transformer transformer);

}  // namespace vestige::filter
