// SPDX-License-Identifier: Apache-2.0
//
// The one place that makes hostile bytes printable. Names, arguments and
// payload may hold anything: escape sequences that steer a terminal, line
// breaks that forge lines, text that runs backwards, bytes of no encoding.
//
// Printable UTF-8 stays as it is. Everything else is written in ASCII:
// \n \t \r \\ by name, other control characters and bytes that are not UTF-8
// as \xNN, code points that are invisible or change the direction or the
// lines of text as \u{N}. Backslashes are always doubled, so no two different
// inputs give the same output.
#pragma once

#include <string>
#include <string_view>

namespace vestige {

// What a hex dump may show as it is.
constexpr bool is_printable_ascii(char c) {
  return c >= ' ' && c <= '~';
}

// For terminals and lines of text.
void append_escaped(std::string& out, std::string_view bytes);
std::string escaped(std::string_view bytes);

// In double quotes, which are escaped too; `...` behind the quotes when there
// was more.
void append_quoted(std::string& out, std::string_view bytes, bool is_truncated);
std::string quoted(std::string_view bytes, bool is_truncated = false);

// For JSON libraries, which take UTF-8 only: unchanged when it is UTF-8, else
// with \xNN for the bytes that are not and doubled backslashes.
std::string to_utf8(std::string_view bytes);

// A complete JSON string literal of to_utf8(bytes). What a terminal would
// obey is written as \uNNNN.
void append_json(std::string& out, std::string_view bytes);

}  // namespace vestige
