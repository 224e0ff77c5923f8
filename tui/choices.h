// SPDX-License-Identifier: Apache-2.0
//
// A list to choose from, above the prompt: completions, values to filter by,
// columns.
#pragma once

#include <string>
#include <vector>

#include "tui/screen.h"

namespace vestige::tui {

struct Choice {
  std::string text;  // may hold captured bytes
  std::string note;
  Style style = Style::kStrong;
};

class Choices {
 public:
  explicit Choices(std::vector<Choice> all, size_t selected = 0)
      : all_(std::move(all)), selected_(selected) {}

  void move(int lines);
  [[nodiscard]] bool empty() const { return all_.empty(); }
  [[nodiscard]] size_t selected() const { return selected_; }
  [[nodiscard]] const Choice& at(size_t index) const { return all_[index]; }
  // The lines above `bottom`.
  void draw(Screen& screen, int bottom) const;

 private:
  std::vector<Choice> all_;
  size_t selected_ = 0;
};

}  // namespace vestige::tui
