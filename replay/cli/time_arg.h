// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vestige::cli {

// "12.5" seconds to ns; up to nine digits behind the point.
std::optional<int64_t> parse_seconds(std::string_view text);
// "2026-11-23T14:03:07.5Z" to ns since 1970.
std::optional<int64_t> parse_utc(const std::string& text);

}  // namespace vestige::cli
