// SPDX-License-Identifier: Apache-2.0
//
// vestige at: the container as it stood at one instant.
#include <fmt/format.h>

#include <charconv>
#include <ctime>

#include "format/trace_reader.h"
#include "replay/cli/command.h"
#include "replay/cli/instant_view.h"
#include "replay/instant.h"

namespace vestige::cli {
namespace {

constexpr uint64_t kSecond_ns = 1'000'000'000;

// The digits behind a decimal point as nanoseconds; nothing if they are none.
std::optional<uint64_t> fraction_ns(std::string_view digits) {
  uint64_t value = 0;
  uint64_t unit = kSecond_ns;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    unit /= 10;
    value += uint64_t(c - '0') * unit;
  }
  return value;
}

// "+1.5": seconds after the start of the trace. "14:03:07.25": that time of
// the day (UTC) it began. "2026-11-23T14:03:07.25Z": all of it.
std::optional<uint64_t> parse_time(std::string_view text,
                                   const ClockPair& start) {
  if (text.ends_with('Z')) text.remove_suffix(1);
  const size_t point = std::min(text.find('.'), text.size());
  const auto rest_ns =
      fraction_ns(point < text.size() ? text.substr(point + 1) : "");
  const std::string whole(text.substr(0, point));
  if (!rest_ns) return std::nullopt;
  if (whole.starts_with('+')) {
    uint64_t seconds = 0;
    const char* const end = whole.data() + whole.size();
    const auto [at, error] = std::from_chars(whole.data() + 1, end, seconds);
    if (error != std::errc{} || at != end || seconds > UINT32_MAX)
      return std::nullopt;
    return start.boot_ns + seconds * kSecond_ns + *rest_ns;
  }
  const time_t began = start.unix_ns / int64_t(kSecond_ns);
  std::tm day{};
  gmtime_r(&began, &day);
  const bool is_whole = whole.find('T') != std::string::npos;
  const char* const end = strptime(
      whole.c_str(), is_whole ? "%Y-%m-%dT%H:%M:%S" : "%H:%M:%S", &day);
  if (!end || *end) return std::nullopt;
  const int64_t unix_ns =
      int64_t(timegm(&day)) * int64_t(kSecond_ns) + int64_t(*rest_ns);
  return start.boot_ns + uint64_t(unix_ns - start.unix_ns);
}

// The rows of what happened before are wanted, or their ids.
ReadFrom where_from(const Options& options) {
  const bool needs_history = options.part == StatePart::kFiles ||
                             options.process.has_value() || options.from_start;
  return needs_history ? ReadFrom::kStart : ReadFrom::kSnapshot;
}

}  // namespace

Result<int> run_at(const Options& options) {
  const TraceReader reader = TRY(TraceReader::open(options.file));
  const ClockPair start = reader.header().start;
  const auto time_ns = parse_time(options.time, start);
  if (!time_ns)
    return Error{ErrorKind::kUsage,
                 fmt::format("'{}' is no time: +SECONDS, HH:MM:SS or "
                             "YYYY-MM-DDTHH:MM:SSZ",
                             options.time)};
  TextPool texts;
  Reconstructor state(texts);
  const Instant instant =
      TRY(read_instant(options.file, *time_ns, where_from(options), state));
  InstantView view(options, start, instant, state);
  switch (options.part) {
    case StatePart::kProcesses: view.print_processes(); break;
    case StatePart::kDescriptors: view.print_descriptors(); break;
    case StatePart::kConnections: view.print_connections(); break;
    case StatePart::kMounts: view.print_mounts(); break;
    case StatePart::kFiles: view.print_files(); break;
  }
  view.print_origin();
  return 0;
}

}  // namespace vestige::cli
