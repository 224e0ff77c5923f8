// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace vestige {

// "2026-11-23T14:03:07.123456789Z": UTC with nanoseconds.
std::string iso8601(int64_t unix_ns);
void append_iso8601(std::string& out, int64_t unix_ns);

// In UTC by a format of strftime; with nanoseconds behind it.
std::string time_text(int64_t unix_ns, const char* format, bool with_ns);
// "-1.000000002": seconds, as sysdig shows times that are no time of day.
std::string seconds_text(int64_t ns);
// "1.50ms": as short as it can be read.
std::string human_duration(int64_t ns);

}  // namespace vestige
