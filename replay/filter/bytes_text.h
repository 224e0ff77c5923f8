// SPDX-License-Identifier: Apache-2.0
//
// Data of events as text in the five ways sysdig prints it. What a terminal
// would obey is never in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vestige::filter {

enum class BytesText : uint8_t {
  kEscaped,   // on the line
  kAscii,     // below it: printable characters and ends of lines, no others
  kBase64,    // on the line
  kHex,       // below it, 16 bytes a line
  kHexAscii,  // and what of them is printable
};

void append_bytes(std::string& out, std::string_view bytes, BytesText how);

}  // namespace vestige::filter
