// SPDX-License-Identifier: Apache-2.0
#include "format/escape.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>

namespace vestige {
namespace {

// One step through bytes: a code point, or one byte that starts none.
struct Symbol {
  uint32_t code = 0;
  uint8_t size = 1;
  bool is_valid = false;
};

int sequence_size(uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 0;  // continuation, overlong or beyond Unicode
}

Symbol first_symbol(std::string_view bytes) {
  const auto byte = [&](size_t i) { return uint8_t(bytes[i]); };
  const int size = sequence_size(byte(0));
  const Symbol invalid{byte(0), 1, false};
  if (size == 1) return {byte(0), 1, true};
  if (size == 0 || bytes.size() < size_t(size)) return invalid;
  uint32_t code = byte(0) & (0x7f >> size);
  for (int i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return invalid;
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kSmallest[size] || code > 0x10ffff || is_surrogate) return invalid;
  return {code, uint8_t(size), true};
}

// Invisible, or changes the direction or the lines of the text around it.
bool is_deceptive(uint32_t code) {
  return (code >= 0x80 && code <= 0x9f) || code == 0xad || code == 0x61c ||
         code == 0x180e || (code >= 0x200b && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
         (code >= 0xfff0 && code <= 0xfffb) ||
         (code >= 0xe0000 && code <= 0xe0fff) ||
         (code >= 0xe000 && code <= 0xf8ff) || code >= 0xf0000 ||
         (code & 0xfffe) == 0xfffe;
}

// Printable ASCII but quotes and backslashes: the same in text, between quotes
// and in JSON. Most of what is written is nothing else.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> out{};
  for (size_t c = 0; c < out.size(); ++c)
    out[c] = is_printable_ascii(char(c)) && c != '"' && c != '\\';
  return out;
}();

// How many bytes at the beginning are plain.
size_t plain_size(std::string_view bytes) {
  size_t size = 0;
  while (size < bytes.size() && kPlain[uint8_t(bytes[size])]) ++size;
  return size;
}

void append_hex_byte(std::string& out, uint32_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out.append({'\\', 'x', kDigits[byte >> 4 & 15], kDigits[byte & 15]});
}

void append_symbol(std::string& out, Symbol symbol, std::string_view bytes) {
  if (!symbol.is_valid) return append_hex_byte(out, symbol.code);
  switch (symbol.code) {
    case '\n': out += "\\n"; return;
    case '\t': out += "\\t"; return;
    case '\r': out += "\\r"; return;
    case '\\': out += "\\\\"; return;
    default: break;
  }
  if (symbol.code < 0x20 || symbol.code == 0x7f)
    append_hex_byte(out, symbol.code);
  else if (is_deceptive(symbol.code))
    fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", symbol.code);
  else
    out.append(bytes.substr(0, symbol.size));
}

void append_escaped(std::string& out, std::string_view bytes, char quote) {
  while (!bytes.empty()) {
    if (const size_t plain = plain_size(bytes); plain > 0) {
      out.append(bytes.substr(0, plain));
      bytes.remove_prefix(plain);
      continue;
    }
    if (bytes[0] == quote && quote != '\0') {
      out += '\\';
      out += quote;
      bytes.remove_prefix(1);
      continue;
    }
    const Symbol symbol = first_symbol(bytes);
    append_symbol(out, symbol, bytes);
    bytes.remove_prefix(symbol.size);
  }
}

// How many bytes at the beginning are ASCII.
size_t ascii_size(std::string_view bytes) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  size_t size = 0;
  for (uint64_t word = 0; size + sizeof word <= bytes.size();
       size += sizeof word) {
    std::memcpy(&word, bytes.data() + size, sizeof word);
    if (word & kHighBits) break;
  }
  while (size < bytes.size() && uint8_t(bytes[size]) < 0x80) ++size;
  return size;
}

bool is_utf8(std::string_view bytes) {
  while (true) {
    bytes.remove_prefix(ascii_size(bytes));
    if (bytes.empty()) return true;
    const Symbol symbol = first_symbol(bytes);
    if (!symbol.is_valid) return false;
    bytes.remove_prefix(symbol.size);
  }
}

void append_json_code(std::string& out, uint32_t code) {
  const auto unit = [&](uint32_t value) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", value);
  };
  if (code < 0x10000) return unit(code);
  unit(0xd800 + ((code - 0x10000) >> 10));
  unit(0xdc00 + ((code - 0x10000) & 0x3ff));
}

void append_json_symbol(std::string& out, Symbol symbol,
                        std::string_view bytes) {
  switch (symbol.code) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\t': out += "\\t"; return;
    case '\r': out += "\\r"; return;
    default: break;
  }
  if (symbol.code < 0x20 || symbol.code == 0x7f || is_deceptive(symbol.code))
    append_json_code(out, symbol.code);
  else
    out.append(bytes.substr(0, symbol.size));
}

void append_json_utf8(std::string& out, std::string_view text) {
  while (!text.empty()) {
    if (const size_t plain = plain_size(text); plain > 0) {
      out.append(text.substr(0, plain));
      text.remove_prefix(plain);
      continue;
    }
    const Symbol symbol = first_symbol(text);
    append_json_symbol(out, symbol, text);
    text.remove_prefix(symbol.size);
  }
}

}  // namespace

void append_escaped(std::string& out, std::string_view bytes) {
  append_escaped(out, bytes, '\0');
}

std::string escaped(std::string_view bytes) {
  std::string out;
  append_escaped(out, bytes);
  return out;
}

void append_quoted(std::string& out, std::string_view bytes,
                   bool is_truncated) {
  out += '"';
  append_escaped(out, bytes, '"');
  out += is_truncated ? "\"..." : "\"";
}

std::string quoted(std::string_view bytes, bool is_truncated) {
  std::string out;
  append_quoted(out, bytes, is_truncated);
  return out;
}

std::string to_utf8(std::string_view bytes) {
  if (is_utf8(bytes)) return std::string(bytes);
  std::string out;
  while (!bytes.empty()) {
    const Symbol symbol = first_symbol(bytes);
    if (!symbol.is_valid)
      append_hex_byte(out, symbol.code);
    else if (symbol.code == '\\')
      out += "\\\\";
    else
      out.append(bytes.substr(0, symbol.size));
    bytes.remove_prefix(symbol.size);
  }
  return out;
}

void append_json(std::string& out, std::string_view bytes) {
  out += '"';
  const size_t plain = plain_size(bytes);
  out.append(bytes.substr(0, plain));
  bytes.remove_prefix(plain);
  if (bytes.empty()) {
    out += '"';
    return;
  }
  if (is_utf8(bytes))
    append_json_utf8(out, bytes);
  else
    append_json_utf8(out, to_utf8(bytes));
  out += '"';
}

}  // namespace vestige
