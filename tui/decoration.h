// SPDX-License-Identifier: Apache-2.0
//
// Drawing that lists and pages share.
#pragma once

#include <string>
#include <string_view>

#include "tui/screen.h"

namespace vestige::tui {

// ASCII letters only: what is searched are bytes.
std::string lower_case(std::string_view text);

// Shows where `wanted` (in lower case) stands in a drawn line.
void highlight_text(Screen& screen, const Rect& area, int y,
                    std::string_view wanted);

// At the right edge; nothing when all lines fit.
void draw_scroll_bar(Screen& screen, const Rect& area, size_t lines,
                     size_t selected);

}  // namespace vestige::tui
