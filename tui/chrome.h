// SPDX-License-Identifier: Apache-2.0
//
// What surrounds a view: where we are above, what the keys do below.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tui/key_map.h"
#include "tui/screen.h"
#include "tui/session.h"

namespace vestige::tui {

struct TitleBar {
  std::string_view name;           // of the container
  std::vector<std::string> trail;  // titles, the current view last
  std::string warning;             // losses; empty: none
  Style warning_style = Style::kBarWarning;
  std::string right;  // clock, range
};
void draw_title_bar(Screen& screen, int y, const TitleBar& bar);

// One line with all views, the current one standing out.
void draw_tabs(Screen& screen, int y, const KeyMap& keys, Action current);

struct StatusLine {
  std::string left;
  Style left_style = Style::kDim;
  std::string right;
};
void draw_status(Screen& screen, int y, const StatusLine& status);

// The function keys, as in htop.
void draw_key_bar(Screen& screen, int y, const KeyMap& keys);
// The action at a column of the key bar, for the mouse.
std::optional<Action> key_bar_action(int x, const KeyMap& keys);

// Sets the warning: "▲ 3 events lost" in alarm, "42 details lost" quietly.
void set_loss_badge(TitleBar& bar, const Session& session);
// "all", "instant 06:01:03", "06:01:03 to 06:01:05".
std::string range_text(const Session& session);

}  // namespace vestige::tui
