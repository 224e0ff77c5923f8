// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/console.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cwchar>

#include "format/escape.h"

namespace vestige::cli {
namespace {

constexpr int64_t kSecond_ns = 1'000'000'000;
constexpr std::string_view kReset = "\x1b[0m";

std::string_view escape_of(Style style) {
  switch (style) {
    case Style::kPlain: return "";
    case Style::kDim: return "\x1b[2m";
    case Style::kBold: return "\x1b[1m";
    case Style::kRed: return "\x1b[31m";
    case Style::kGreen: return "\x1b[32m";
    case Style::kYellow: return "\x1b[33m";
    case Style::kCyan: return "\x1b[36m";
  }
  return "";
}

// Whole seconds and the rest, also before 1970.
std::pair<std::tm, int64_t> split(int64_t unix_ns) {
  int64_t seconds = unix_ns / kSecond_ns;
  int64_t rest_ns = unix_ns % kSecond_ns;
  if (rest_ns < 0) {
    rest_ns += kSecond_ns;
    --seconds;
  }
  std::tm utc{};
  const time_t time = seconds;
  gmtime_r(&time, &utc);
  return {utc, rest_ns};
}

// Calls visit(size_t end, size_t columns) after each character.
template <typename Visit>
void for_each_character(std::string_view text, Visit visit) {
  for (size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const size_t length = lead < 0x80   ? 1
                          : lead < 0xE0 ? 2
                          : lead < 0xF0 ? 3
                                        : 4;
    uint32_t code = length == 1 ? lead : lead & (0xFF >> (length + 1));
    for (size_t i = 1; i < length && at + i < text.size(); ++i)
      code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3F);
    at = std::min(at + length, text.size());
    const int width = code < 0x80 ? 1 : wcwidth(wchar_t(code));
    if (!visit(at, size_t(std::max(width, 0)))) return;
  }
}

std::string cut(std::string_view text, size_t columns) {
  size_t used = 0, keep = 0;
  for_each_character(text, [&](size_t end, size_t width) {
    if (used + width + 1 > columns) return false;
    used += width;
    keep = end;
    return true;
  });
  return std::string(text.substr(0, keep)).append("…");
}

}  // namespace

bool wants_color(ColorMode mode) {
  switch (mode) {
    case ColorMode::kAlways: return true;
    case ColorMode::kNever: return false;
    case ColorMode::kAuto: break;
  }
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return isatty(STDOUT_FILENO) && (!no_color || !*no_color) && term &&
         std::string_view(term) != "dumb";
}

size_t terminal_width() {
  winsize size{};
  if (!isatty(STDOUT_FILENO)) return 0;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

size_t display_width(std::string_view text) {
  size_t columns = 0;
  for_each_character(text, [&](size_t, size_t width) {
    columns += width;
    return true;
  });
  return columns;
}

void Table::add(std::vector<Cell> cells) {
  for (Cell& cell : cells) cell.text = escaped(cell.text);
  rows_.push_back(std::move(cells));
}

void Table::print(ColorMode mode, Fit fit) const {
  std::setlocale(LC_CTYPE, "C.UTF-8");  // for wcwidth()
  const bool color = wants_color(mode);
  const size_t limit = fit == Fit::kCut ? terminal_width() : 0;
  std::vector<size_t> widths;
  for (const Column& column : columns_)
    widths.push_back(display_width(column.title));
  for (const auto& row : rows_)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i].text));

  const auto print_row = [&](const std::vector<Cell>& row) {
    std::string line;
    size_t used = 0;
    for (size_t i = 0; i < row.size(); ++i) {
      const bool is_last = i + 1 == row.size();
      std::string text = row[i].text;
      size_t width = display_width(text);
      if (limit && used + width > limit) {
        text = used + 1 < limit ? cut(text, limit - used) : "";
        width = display_width(text);
      }
      const size_t pad = is_last || widths[i] < width ? 0 : widths[i] - width;
      const bool is_right = columns_[i].align == Align::kRight;
      if (is_right) line.append(pad, ' ');
      const bool is_styled = color && row[i].style != Style::kPlain;
      if (is_styled) line.append(escape_of(row[i].style));
      line.append(text);
      if (is_styled) line.append(kReset);
      if (!is_right) line.append(pad, ' ');
      if (!is_last) line.append("  ");
      used += width + pad + 2;
    }
    line.push_back('\n');
    std::fwrite(line.data(), 1, line.size(), stdout);
  };
  std::vector<Cell> titles;
  for (const Column& column : columns_)
    titles.push_back({column.title, Style::kBold});
  print_row(titles);
  for (const auto& row : rows_) print_row(row);
}

std::string clock_text(int64_t unix_ns) {
  const auto [utc, rest_ns] = split(unix_ns);
  return fmt::format("{:02}:{:02}:{:02}.{:06}", utc.tm_hour, utc.tm_min,
                     utc.tm_sec, rest_ns / 1000);
}

std::string rfc3339(int64_t unix_ns) {
  const auto [utc, rest_ns] = split(unix_ns);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z",
                     utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec, rest_ns);
}

std::string size_text(uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"B",   "KiB", "MiB",
                                         "GiB", "TiB", "PiB"};
  double value = double(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes)
                   : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace vestige::cli
