// SPDX-License-Identifier: Apache-2.0
//
// Help with the words of a filter while it is typed: what may come next, and
// what filters for something on the screen.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "replay/filter/operand.h"
#include "tui/choices.h"
#include "tui/session.h"

namespace vestige::tui {

// What may stand in place of the word that ends at `cursor`, which begins at
// byte `start`: names of fields, operators, or values this case knows of.
struct Completion {
  size_t start = 0;
  std::vector<Choice> words;  // text: as it is written in a filter
};
Completion complete(const Session& session, std::string_view text,
                    size_t cursor);

// Words without any comparison are looked for in the lines shown; all else is
// an expression of the filter language, be it right or not.
bool is_expression(std::string_view text);

// A value as it is written in a filter: in quotes where it must be.
std::string quoted_value(std::string_view value);

// The expression for one value of a field: "proc.pid = 7"; "" where no event
// could have it: fields of rows.
std::string value_clause(std::string_view field,
                         const filter::BoundOperand& operand,
                         const FieldValue& value);

// Expressions for what a line is about, the nearest first: "fd.name = /etc/x".
// Some hold for the line alone, some for what it has in common with others.
std::vector<std::string> clauses(const Session& session,
                                 const Subject& subject);

}  // namespace vestige::tui
