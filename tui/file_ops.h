// SPDX-License-Identifier: Apache-2.0
//
// What was done to a file, in eight letters and a colour.
#pragma once

#include <string>
#include <string_view>

#include "tui/insights.h"
#include "tui/screen.h"

namespace vestige::tui {

inline constexpr int kOpLettersColumns = 8;
// One place per kind of deed, '-' where it was not done: Created, Written,
// Read, eXecuted, Attributes changed, Named anew, Deleted, Failed attempts.
std::string op_letters(const FileSummary& file);
std::string_view op_letters_legend();
Style file_style(const FileSummary& file);

}  // namespace vestige::tui
