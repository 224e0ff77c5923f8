// SPDX-License-Identifier: Apache-2.0
#include "tui/palette.h"

#include <fmt/format.h>

#include <algorithm>

#include "tui/decoration.h"

namespace vestige::tui {
namespace {

constexpr size_t kLines = 12;

}  // namespace

Palette::Palette(std::optional<ActionGroup> group) : group_(group) {
  narrow("");
}

// Commands that begin with it, then those that contain it, then those whose
// help does.
void Palette::narrow(std::string_view typed) {
  const std::string wanted = lower_case(typed);
  found_.clear();
  selected_ = 0;
  for (int round = 0; round < 3; ++round) {
    for (const ActionInfo& action : actions()) {
      if (group_ && action.group != *group_) continue;
      const bool begins = action.command.starts_with(wanted);
      const bool contains = action.command.find(wanted) != std::string::npos;
      const bool is_told =
          lower_case(action.help).find(wanted) != std::string::npos;
      const int rank = begins ? 0 : contains ? 1 : is_told ? 2 : 3;
      if (rank == round) found_.push_back(action.action);
    }
  }
}

void Palette::move(int lines) {
  if (found_.empty()) return;
  const auto last = static_cast<int64_t>(found_.size()) - 1;
  selected_ = static_cast<size_t>(
      std::clamp<int64_t>(static_cast<int64_t>(selected_) + lines, 0, last));
}

std::optional<Action> Palette::selected() const {
  if (selected_ >= found_.size()) return std::nullopt;
  return found_[selected_];
}

void Palette::draw(Screen& screen, int bottom, const KeyMap& keys) const {
  const size_t count = std::min(
      {kLines, found_.size(), static_cast<size_t>(std::max(bottom - 2, 1))});
  const size_t first = selected_ >= count ? selected_ - count + 1 : 0;
  const int top = bottom - static_cast<int>(count);
  screen.fill({0, top - 1, screen.width(), static_cast<int>(count) + 1},
              Style::kPlain);
  for (int x = 0; x < screen.width(); ++x) {
    screen.put(x, top - 1, Glyph::kHorizontal, Style::kDim);
  }
  for (size_t i = 0; i < count; ++i) {
    const ActionInfo& action = info(found_[first + i]);
    const int y = top + static_cast<int>(i);
    screen.put_field(2, y, 16, action.command, Style::kStrong);
    screen.put_field(19, y, 12, keys.keys_text(action.action), Style::kKey);
    screen.put_field(32, y, screen.width() - 33, action.help, Style::kPlain);
    if (first + i == selected_) screen.select(0, y, screen.width());
  }
}

}  // namespace vestige::tui
