// SPDX-License-Identifier: Apache-2.0
#include "tui/screen.h"

#include <algorithm>
#include <cstring>

namespace vestige::tui {
namespace {

constexpr char kStyleLetters[] = {
#define STYLE(name, letter, fg256, bg256, fg16, bg16, mono, doc) letter,
#include "tui/styles.def"
#undef STYLE
};

constexpr std::string_view kGlyphs[][2] = {
#define GLYPH(name, utf8, ascii) {ascii, utf8},
#include "tui/glyphs.def"
#undef GLYPH
};

}  // namespace

std::string_view glyph_text(Glyph glyph, Charset charset) {
  return kGlyphs[static_cast<size_t>(glyph)][static_cast<size_t>(charset)];
}

Glyph level_glyph(int level) {
  return static_cast<Glyph>(static_cast<int>(Glyph::kLevel0) +
                            std::clamp(level, 0, 8));
}

Screen::Screen(int width, int height, Charset charset)
    : width_(std::max(width, 1)),
      height_(std::max(height, 1)),
      charset_(charset),
      cells_(static_cast<size_t>(width_) * height_) {}

void Screen::put_cluster(int x, int y, std::string_view text, int columns,
                         Style style) {
  // Half of a wide character must not stay behind.
  if (cell(x, y).size == 0 && x > 0) cell(x - 1, y) = Cell{};
  const int end = x + columns;
  if (end < width_ && cell(end, y).size == 0) cell(end, y) = Cell{};
  Cell& target = cell(x, y);
  target = Cell{.size = static_cast<uint8_t>(text.size()), .style = style};
  std::memcpy(target.text.data(), text.data(), text.size());
  if (columns == 2) cell(x + 1, y) = Cell{.size = 0, .style = style};
}

int Screen::put(int x, int y, std::string_view text, Style style, int limit_x) {
  limit_x = std::min(limit_x, width_);
  if (y < 0 || y >= height_ || x < 0) return x;
  while (!text.empty() && x < limit_x) {
    const Cluster cluster = next_cluster(text, charset_);
    text.remove_prefix(cluster.consumed);
    if (!cluster.is_escape) {
      if (x + cluster.columns > limit_x) break;
      put_cluster(x, y, cluster.view(), cluster.columns, style);
      x += cluster.columns;
      continue;
    }
    for (const char letter : cluster.view()) {
      if (x >= limit_x) break;
      put_cluster(x++, y, {&letter, 1}, 1, Style::kEscaped);
    }
  }
  return x;
}

int Screen::put(int x, int y, Glyph glyph, Style style) {
  return put(x, y, glyph_text(glyph, charset_), style, width_);
}

void Screen::put_field(int x, int y, int width, std::string_view text,
                       Style style, Align align, Elide elide) {
  width = std::min(width, width_ - x);
  if (width <= 0) return;
  const int columns = text_columns(text, charset_, width);
  if (columns <= width) {
    const int shift = align == Align::kRight ? width - columns : 0;
    put(x + shift, y, text, style, x + width);
    return;
  }
  if (elide == Elide::kEnd) {
    const int end = put(x, y, text, style, x + width - 1);
    put(end, y, Glyph::kEllipsis, Style::kDim);
    return;
  }
  put(x, y, Glyph::kEllipsis, Style::kDim);
  put(x + 1, y, tail_that_fits(text, charset_, width - 1), style, x + width);
}

void Screen::fill(const Rect& rect, Style style) {
  for (int y = std::max(rect.y, 0); y < std::min(rect.bottom(), height_); ++y) {
    for (int x = std::max(rect.x, 0); x < std::min(rect.right(), width_); ++x) {
      cell(x, y) = Cell{.style = style};
    }
  }
}

void Screen::restyle(int x, int y, int width, Style style) {
  if (y < 0 || y >= height_) return;
  for (int i = std::max(x, 0); i < std::min(x + width, width_); ++i) {
    cell(i, y).style = style;
  }
}

void Screen::select(int x, int y, int width) {
  if (y < 0 || y >= height_) return;
  for (int i = std::max(x, 0); i < std::min(x + width, width_); ++i) {
    cell(i, y).is_selected = true;
  }
}

void Screen::unselect(int x, int y, int width) {
  if (y < 0 || y >= height_) return;
  for (int i = std::max(x, 0); i < std::min(x + width, width_); ++i) {
    cell(i, y).is_selected = false;
  }
}

std::string Screen::text() const {
  std::string all;
  for (int y = 0; y < height_; ++y) {
    std::string line;
    for (int x = 0; x < width_; ++x) line += at(x, y).view();
    line.erase(line.find_last_not_of(' ') + 1);
    all += line + '\n';
  }
  return all;
}

std::string Screen::styles() const {
  std::string all;
  for (int y = 0; y < height_; ++y) {
    std::string line;
    for (int x = 0; x < width_; ++x) {
      const Cell& cell = at(x, y);
      line += cell.is_selected ? '#'
                               : kStyleLetters[static_cast<size_t>(cell.style)];
    }
    line.erase(line.find_last_not_of('.') + 1);
    all += line + '\n';
  }
  return all;
}

}  // namespace vestige::tui
