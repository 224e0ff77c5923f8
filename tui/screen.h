// SPDX-License-Identifier: Apache-2.0
//
// A grid of cells that views draw into. The terminal shows it, tests compare
// it. Whatever bytes are put, only printable cells come out.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tui/text_width.h"

namespace vestige::tui {

enum class Style : uint8_t {
#define STYLE(name, letter, fg256, bg256, fg16, bg16, mono, doc) name,
#include "tui/styles.def"
#undef STYLE
};

enum class Glyph : uint8_t {
#define GLYPH(name, utf8, ascii) name,
#include "tui/glyphs.def"
#undef GLYPH
};
std::string_view glyph_text(Glyph glyph, Charset charset);
// 0 (nothing) to 8 (full).
Glyph level_glyph(int level);

// Which end of a text that does not fit is left out.
enum class Elide : uint8_t { kEnd, kStart };
enum class Align : uint8_t { kLeft, kRight };

struct Cell {
  std::array<char, 12> text = {' '};
  uint8_t size = 1;  // bytes of text; 0: right half of a wide character
  Style style = Style::kPlain;
  bool is_selected = false;  // shown as the selected row, whatever the style

  [[nodiscard]] std::string_view view() const { return {text.data(), size}; }
  friend bool operator==(const Cell&, const Cell&) = default;
};

struct Rect {
  int x = 0, y = 0, width = 0, height = 0;

  [[nodiscard]] int bottom() const { return y + height; }
  [[nodiscard]] int right() const { return x + width; }
  [[nodiscard]] bool contains(int px, int py) const {
    return px >= x && px < right() && py >= y && py < bottom();
  }
};

class Screen {
 public:
  Screen(int width, int height, Charset charset);

  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] int height() const { return height_; }
  [[nodiscard]] Charset charset() const { return charset_; }
  [[nodiscard]] Rect area() const { return {0, 0, width_, height_}; }
  [[nodiscard]] const Cell& at(int x, int y) const {
    return cells_[static_cast<size_t>(y) * width_ + x];
  }

  // Puts text from x on, clipped at limit_x (exclusive); returns the column
  // after it. Coordinates outside of the screen are clipped.
  int put(int x, int y, std::string_view text, Style style, int limit_x);
  int put(int x, int y, Glyph glyph, Style style);
  // Puts text into a field of fixed width; what does not fit is elided.
  void put_field(int x, int y, int width, std::string_view text, Style style,
                 Align align = Align::kLeft, Elide elide = Elide::kEnd);
  void fill(const Rect& rect, Style style);
  // Gives part of a row another style, or shows it as selected.
  void restyle(int x, int y, int width, Style style);
  void select(int x, int y, int width);
  void unselect(int x, int y, int width);

  // Where the terminal's cursor stands; hidden while negative.
  void set_cursor(int x, int y) { cursor_x_ = x, cursor_y_ = y; }
  [[nodiscard]] int cursor_x() const { return cursor_x_; }
  [[nodiscard]] int cursor_y() const { return cursor_y_; }

  // For tests: lines of text without spaces at the end, and a letter per cell
  // (see styles.def; '#' where selected) without dots at the end.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string styles() const;

 private:
  Cell& cell(int x, int y) {
    return cells_[static_cast<size_t>(y) * width_ + x];
  }
  void put_cluster(int x, int y, std::string_view text, int columns,
                   Style style);

  int width_, height_;
  Charset charset_;
  int cursor_x_ = -1, cursor_y_ = -1;
  std::vector<Cell> cells_;
};

}  // namespace vestige::tui
