// SPDX-License-Identifier: Apache-2.0
#include "tui/choices.h"

#include <algorithm>

namespace vestige::tui {
namespace {

constexpr size_t kLines = 12;

}  // namespace

// From the last to the first and back: one key gets anywhere.
void Choices::move(int lines) {
  if (all_.empty()) return;
  const auto count = static_cast<int64_t>(all_.size());
  const int64_t wanted = static_cast<int64_t>(selected_) + lines;
  selected_ = static_cast<size_t>((wanted % count + count) % count);
}

void Choices::draw(Screen& screen, int bottom) const {
  const size_t count = std::min(
      {kLines, all_.size(), static_cast<size_t>(std::max(bottom - 2, 1))});
  const size_t first = selected_ >= count ? selected_ - count + 1 : 0;
  const int top = bottom - static_cast<int>(count);
  screen.fill({0, top - 1, screen.width(), static_cast<int>(count) + 1},
              Style::kPlain);
  for (int x = 0; x < screen.width(); ++x) {
    screen.put(x, top - 1, Glyph::kHorizontal, Style::kDim);
  }
  int widest = 16;
  for (size_t i = 0; i < count; ++i) {
    widest = std::max(widest, text_columns(all_[first + i].text,
                                           screen.charset(), screen.width()));
  }
  const bool has_notes = std::ranges::any_of(
      all_, [](const Choice& choice) { return !choice.note.empty(); });
  const int width =
      has_notes ? std::min(widest, screen.width() / 2) : screen.width() - 3;
  for (size_t i = 0; i < count; ++i) {
    const Choice& choice = all_[first + i];
    const int y = top + static_cast<int>(i);
    screen.put_field(2, y, width, choice.text, choice.style);
    screen.put_field(width + 4, y, screen.width() - width - 5, choice.note,
                     Style::kDim);
    if (first + i == selected_) screen.select(0, y, screen.width());
  }
}

}  // namespace vestige::tui
