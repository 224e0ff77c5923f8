// SPDX-License-Identifier: Apache-2.0
//
// Lines for people: columns that line up, colours on a terminal that wants
// them, cut to its width. Cells are escaped here, so hostile names do nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vestige::cli {

enum class ColorMode { kAuto, kAlways, kNever };
enum class Style { kPlain, kDim, kBold, kRed, kGreen, kYellow, kCyan };
enum class Align { kLeft, kRight };
enum class Fit { kCut, kWhole };

// Whether stdout is to be coloured: NO_COLOR, TERM=dumb and pipes say no.
bool wants_color(ColorMode mode);
// Columns of the terminal on stdout; 0: not a terminal, do not cut.
size_t terminal_width();

struct Cell {
  std::string text;  // may hold anything
  Style style = Style::kPlain;
};

// Rows are kept until print(): widths come from all of them.
class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as columns. The last column is not padded.
  void add(std::vector<Cell> cells);
  void print(ColorMode mode, Fit fit) const;
  [[nodiscard]] bool empty() const { return rows_.empty(); }

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// "14:03:07.123456" in UTC.
std::string clock_text(int64_t unix_ns);
// "2026-11-23T14:03:07.123456789Z"
std::string rfc3339(int64_t unix_ns);
// "1.5 MiB", "12 B"
std::string size_text(uint64_t bytes);
// How many columns printable text takes; escaped text only.
size_t display_width(std::string_view text);

}  // namespace vestige::cli
