// SPDX-License-Identifier: Apache-2.0
//
// The list of commands above the prompt: what is typed narrows it.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "tui/key_map.h"
#include "tui/screen.h"

namespace vestige::tui {

class Palette {
 public:
  // All commands, or those of one group.
  explicit Palette(std::optional<ActionGroup> group = std::nullopt);

  void narrow(std::string_view typed);
  void move(int lines);
  [[nodiscard]] std::optional<Action> selected() const;
  // The lines above `bottom`.
  void draw(Screen& screen, int bottom, const KeyMap& keys) const;

 private:
  std::optional<ActionGroup> group_;
  std::vector<Action> found_;  // best first
  size_t selected_ = 0;
};

}  // namespace vestige::tui
