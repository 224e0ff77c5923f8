// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/time_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace vestige {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kDay = 86'400;

void put_digits(char* at, uint64_t value, int digits) {
  for (int i = digits; i-- > 0; value /= 10) at[i] = char('0' + value % 10);
}

constexpr std::string_view kForm = "0000-00-00T00:00:00.000000000Z";

}  // namespace

// Not strftime: events come by the million, most in the second of the one
// before.
void append_iso8601(std::string& out, int64_t unix_ns) {
  struct Known {
    int64_t seconds = INT64_MIN;
    std::array<char, kForm.size()> text = {};
  };
  thread_local Known known;
  char* const text = known.text.data();
  const int64_t ns = ((unix_ns % kSecond) + kSecond) % kSecond;
  const int64_t seconds = (unix_ns - ns) / kSecond;
  if (known.seconds != seconds) {
    known.seconds = seconds;
    std::ranges::copy(kForm, text);
    const int64_t second = ((seconds % kDay) + kDay) % kDay;
    const std::chrono::year_month_day date{
        std::chrono::sys_days{std::chrono::days{(seconds - second) / kDay}}};
    put_digits(text, uint64_t(int(date.year())), 4);
    put_digits(text + 5, unsigned(date.month()), 2);
    put_digits(text + 8, unsigned(date.day()), 2);
    put_digits(text + 11, uint64_t(second / 3600), 2);
    put_digits(text + 14, uint64_t(second / 60 % 60), 2);
    put_digits(text + 17, uint64_t(second % 60), 2);
  }
  put_digits(text + 20, uint64_t(ns), 9);
  out.append(text, kForm.size());
}

std::string iso8601(int64_t unix_ns) {
  std::string out;
  append_iso8601(out, unix_ns);
  return out;
}

std::string time_text(int64_t unix_ns, const char* format, bool with_ns) {
  const int64_t ns = ((unix_ns % kSecond) + kSecond) % kSecond;
  const std::time_t seconds = (unix_ns - ns) / kSecond;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[64] = "";
  std::strftime(text, sizeof text, format, &utc);
  return with_ns ? fmt::format("{}.{:09}", text, ns) : std::string(text);
}

std::string seconds_text(int64_t ns) {
  return fmt::format("{}{}.{:09}", ns < 0 ? "-" : "", std::abs(ns / kSecond),
                     std::abs(ns % kSecond));
}

std::string human_duration(int64_t ns) {
  constexpr double kThousand = 1000;
  if (ns < 1'000) return fmt::format("{}ns", ns);
  if (ns < 1'000'000) return fmt::format("{:.2f}us", double(ns) / kThousand);
  if (ns < kSecond) return fmt::format("{:.2f}ms", double(ns) / 1e6);
  return fmt::format("{:.2f}s", double(ns) / 1e9);
}

}  // namespace vestige
