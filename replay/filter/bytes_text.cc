// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/bytes_text.h"

#include <fmt/format.h>

#include "format/escape.h"
#include "replay/facts/field_cells.h"

namespace vestige::filter {
namespace {

void append_hex(std::string& out, std::string_view bytes, bool with_ascii) {
  constexpr size_t kPerLine = 16;
  constexpr size_t kPerWord = 2;
  constexpr size_t kColumns = kPerLine / kPerWord * 5;
  for (size_t at = 0; at < bytes.size(); at += kPerLine) {
    const std::string_view line = bytes.substr(at, kPerLine);
    std::string hex, ascii;
    for (size_t i = 0; i < line.size(); ++i) {
      if (i % kPerWord == 0) hex += ' ';
      fmt::format_to(std::back_inserter(hex), "{:02x}", uint8_t(line[i]));
      ascii += is_printable_ascii(line[i]) ? line[i] : '.';
    }
    if (with_ascii)
      fmt::format_to(std::back_inserter(out), "\n\t{:#06x}:{:<{}}  {}", at, hex,
                     kColumns, ascii);
    else
      fmt::format_to(std::back_inserter(out), "\n\t{:#06x}:{}", at, hex);
  }
}

void append_ascii(std::string& out, std::string_view bytes) {
  out += '\n';
  for (const char c : bytes)
    if (is_printable_ascii(c) || c == '\n') out += c;
}

}  // namespace

void append_bytes(std::string& out, std::string_view bytes, BytesText how) {
  switch (how) {
    case BytesText::kEscaped: return append_escaped(out, bytes);
    case BytesText::kAscii: return append_ascii(out, bytes);
    case BytesText::kBase64: out += base64(bytes); return;
    case BytesText::kHex: return append_hex(out, bytes, false);
    case BytesText::kHexAscii: return append_hex(out, bytes, true);
  }
}

}  // namespace vestige::filter
