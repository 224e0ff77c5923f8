// SPDX-License-Identifier: Apache-2.0
#include "tui/words.h"

#include <fmt/format.h>

#include <cstring>

namespace vestige::tui {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

}  // namespace

std::string duration_text(uint64_t ns) {
  if (ns < 1000) return fmt::format("{} ns", ns);
  if (ns < 1000 * 1000) return fmt::format("{:.1f} us", ns / 1e3);
  if (ns < kSecond) return fmt::format("{:.1f} ms", ns / 1e6);
  if (ns < 60 * kSecond) return fmt::format("{:.1f} s", ns / 1e9);
  const uint64_t seconds = ns / kSecond;
  if (seconds < 3600) {
    return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  }
  return fmt::format("{} h {:02} min", seconds / 3600, seconds / 60 % 60);
}

std::string bytes_text(uint64_t bytes) {
  if (bytes < 10'000) return fmt::format("{}", bytes);
  static constexpr char kUnits[] = "KMGTPE";
  double value = static_cast<double>(bytes);
  int unit = -1;
  while (value >= 1024 && unit < 5) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f}{}", value, value < 10 ? 1 : 0, kUnits[unit]);
}

std::string count_text(uint64_t count) {
  const std::string digits = fmt::format("{}", count);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string errno_text(int32_t error) {
  if (error == 0) return "ok";
  const char* name = strerrorname_np(error);
  return name ? name : fmt::format("error {}", error);
}

}  // namespace vestige::tui
