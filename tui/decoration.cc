// SPDX-License-Identifier: Apache-2.0
#include "tui/decoration.h"

#include <algorithm>
#include <vector>

namespace vestige::tui {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter | 32);
  }
  return lower;
}

void highlight_text(Screen& screen, const Rect& area, int y,
                    std::string_view wanted) {
  if (wanted.empty()) return;
  std::string text;
  std::vector<int> column_of_byte;
  for (int x = area.x; x < area.right(); ++x) {
    text += screen.at(x, y).view();
    column_of_byte.resize(text.size(), x);
  }
  text = lower_case(text);
  for (size_t at = text.find(wanted); at != std::string::npos;
       at = text.find(wanted, at + wanted.size())) {
    for (size_t i = at; i < at + wanted.size(); ++i) {
      screen.restyle(column_of_byte[i], y, 1, Style::kMatch);
    }
  }
}

void draw_scroll_bar(Screen& screen, const Rect& area, size_t lines,
                     size_t selected) {
  const auto page = static_cast<size_t>(std::max(area.height, 1));
  if (lines <= page) return;
  const auto thumb = static_cast<int>(selected * (page - 1) / (lines - 1));
  for (int y = 0; y < area.height; ++y) {
    screen.put(area.right() - 1, area.y + y,
               y == thumb ? Glyph::kThumb : Glyph::kTrack, Style::kDim);
  }
}

}  // namespace vestige::tui
