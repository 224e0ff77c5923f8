// SPDX-License-Identifier: Apache-2.0
//
// Amounts in a few letters.
#pragma once

#include <cstdint>
#include <string>

namespace vestige::tui {

std::string duration_text(uint64_t ns);  // "13.2 s", "2 h 03 min"
std::string bytes_text(uint64_t bytes);  // "532", "1.2K", "13M"
std::string count_text(uint64_t count);  // "1,234,567"
std::string errno_text(int32_t error);   // "ok", "ENOENT"

}  // namespace vestige::tui
