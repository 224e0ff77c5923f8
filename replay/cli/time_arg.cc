// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/time_arg.h"

#include <time.h>

#include <charconv>

namespace vestige::cli {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;

}  // namespace

std::optional<int64_t> parse_seconds(std::string_view text) {
  int64_t seconds = 0;
  const char* const end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, seconds);
  if (error != std::errc() || seconds < 0 ||
      seconds > INT64_MAX / kNsPerSecond - 1)
    return {};
  int64_t ns = seconds * kNsPerSecond;
  if (at == end) return ns;
  if (*at++ != '.' || at == end || end - at > 9) return {};
  for (int64_t unit = kNsPerSecond / 10; at < end; ++at, unit /= 10) {
    if (*at < '0' || *at > '9') return {};
    ns += (*at - '0') * unit;
  }
  return ns;
}

std::optional<int64_t> parse_utc(const std::string& text) {
  tm parts = {};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:", &parts);
  if (!rest || text.back() != 'Z') return {};
  const auto seconds = parse_seconds(
      std::string_view(rest, text.c_str() + text.size() - 1 - rest));
  if (!seconds || *seconds >= 61 * kNsPerSecond) return {};
  return int64_t(::timegm(&parts)) * kNsPerSecond + *seconds;
}

}  // namespace vestige::cli
