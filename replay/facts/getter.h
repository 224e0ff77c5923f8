// SPDX-License-Identifier: Apache-2.0
//
// For the tables of *_fields.cc only: a getter in one line.
#pragma once

#include "replay/facts/field.h"

// GET(out.add_number(v.number)): v is the view, arg the argument, out takes
// the values.
#define GET(...)                                \
  [](const EventView& v [[maybe_unused]],       \
     const FieldArgument& arg [[maybe_unused]], \
     FieldValues& out [[maybe_unused]]) { __VA_ARGS__; }
// A value only when there is one.
#define GET_IF(condition, ...) GET(if (condition) { __VA_ARGS__; })
