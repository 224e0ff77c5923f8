// SPDX-License-Identifier: Apache-2.0
//
// What sysdig prints by default, and its lists.
#pragma once

#include <string>
#include <string_view>

#include "format/result.h"

namespace vestige::cli {

// The argument of -p: a format, or p, c, k, m and their long names, which
// stand for one. Empty: the usual one.
std::string sysdig_format(std::string_view given);
// The same with another kind of time: the argument of -t.
std::string with_time(std::string format, std::string_view kind);
// The fields of a format, by commas: the keys of its JSON.
Result<std::string> fields_of(const std::string& format);
// -L: events by the names that evt.type has, with their arguments.
void print_events();

}  // namespace vestige::cli
