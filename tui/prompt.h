// SPDX-License-Identifier: Apache-2.0
//
// One line of input at the bottom of the screen, with history.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tui/key.h"
#include "tui/screen.h"

namespace vestige::tui {

class Prompt {
 public:
  enum class Outcome : uint8_t {
    kEditing,       // nothing changed but the cursor
    kChanged,       // the text changed
    kAccepted,      // Enter
    kCancelled,     // Esc, C-c, or backspace in an empty line
    kComplete,      // Tab
    kCompleteBack,  // S-Tab
  };

  // Starts with this text; history of earlier answers, the newest last.
  void begin(std::string label, std::string text,
             std::vector<std::string>* history);
  Outcome handle(Key key);
  // Whether what is typed makes sense shows in its colour.
  void draw(Screen& screen, int y, Style style) const;

  [[nodiscard]] const std::string& text() const { return text_; }
  void set_text(std::string text);
  [[nodiscard]] size_t cursor() const { return cursor_; }
  // Puts a word in place of the bytes from `start` to the cursor.
  void replace(size_t start, std::string_view word);

 private:
  Outcome browse(int direction);
  Outcome erase_word();

  std::string label_;
  std::string text_;
  size_t cursor_ = 0;  // byte
  std::vector<std::string>* history_ = nullptr;
  size_t history_at_ = 0;
};

}  // namespace vestige::tui
