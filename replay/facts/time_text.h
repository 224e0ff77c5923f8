// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace vestige {

// "2026-11-23T14:03:07.123456789Z": UTC with nanoseconds.
std::string iso8601(int64_t unix_ns);
void append_iso8601(std::string& out, int64_t unix_ns);

}  // namespace vestige
