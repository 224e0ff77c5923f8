// SPDX-License-Identifier: Apache-2.0
#include "tui/text_width.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstring>

namespace vestige::tui {
namespace {

constexpr int kMaxMarks = 2;
// What one column may take at most in bytes, generously: used to look at the
// end of a text only.
constexpr size_t kMaxBytesPerColumn = 12;

struct Decoded {
  int32_t code = -1;  // -1: not valid UTF-8
  size_t size = 1;
};

Decoded decode(std::string_view bytes) {
  const auto first = static_cast<uint8_t>(bytes[0]);
  if (first < 0x80) return {first, 1};
  utf8proc_int32_t code = -1;
  const auto size = utf8proc_iterate(
      reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()),
      static_cast<utf8proc_ssize_t>(std::min<size_t>(bytes.size(), 4)), &code);
  if (size <= 0) return {-1, 1};
  return {code, static_cast<size_t>(size)};
}

bool is_mark(int32_t code) {
  // Variation selectors change the width behind our back.
  if (code >= 0xfe00 && code <= 0xfe0f) return false;
  const auto category = utf8proc_category(code);
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME;
}

// Letters, digits, punctuation, symbols and the space; nothing that moves the
// cursor, turns the writing direction, is invisible, private or unassigned.
bool is_drawable(int32_t code) {
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO: return false;
    case UTF8PROC_CATEGORY_ZS: return code == ' ';
    default: break;
  }
  const int width = utf8proc_charwidth(code);
  return width == 1 || width == 2;
}

// Right-to-left letters make a terminal reorder the whole line.
bool is_right_to_left(int32_t code) {
  switch (utf8proc_get_property(code)->bidi_class) {
    case UTF8PROC_BIDI_CLASS_R:
    case UTF8PROC_BIDI_CLASS_AL: return true;
    default: return false;
  }
}

void set_text(Cluster& cluster, std::string_view text) {
  std::memcpy(cluster.text.data() + cluster.size, text.data(), text.size());
  cluster.size = static_cast<uint8_t>(cluster.size + text.size());
}

Cluster escape(const Decoded& decoded, uint8_t byte) {
  static constexpr char kHex[] = "0123456789abcdef";
  Cluster cluster{.is_escape = true, .consumed = decoded.size};
  std::string text;
  if (decoded.code == '\n') {
    text = "\\n";
  } else if (decoded.code == '\t') {
    text = "\\t";
  } else if (decoded.code == '\r') {
    text = "\\r";
  } else if (decoded.code < 0x80) {  // control characters and invalid bytes
    text = {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
  } else {
    text = "\\u{";
    bool is_leading = true;
    for (int shift = 20; shift >= 0; shift -= 4) {
      const int digit = (decoded.code >> shift) & 15;
      if (is_leading && digit == 0) continue;
      is_leading = false;
      text += kHex[digit];
    }
    text += '}';
  }
  set_text(cluster, text);
  cluster.columns = cluster.size;
  return cluster;
}

}  // namespace

Cluster next_cluster(std::string_view bytes, Charset charset) {
  const Decoded base = decode(bytes);
  if (base.code >= 0x20 && base.code < 0x7f) {
    // The common case; marks after ASCII are looked for below.
    if (bytes.size() == 1 || static_cast<uint8_t>(bytes[1]) < 0x80 ||
        charset == Charset::kAscii) {
      Cluster cluster{.columns = 1, .consumed = 1};
      set_text(cluster, bytes.substr(0, 1));
      return cluster;
    }
  } else if (charset == Charset::kAscii || base.code < 0 ||
             !is_drawable(base.code) || is_right_to_left(base.code)) {
    return escape(base, static_cast<uint8_t>(bytes[0]));
  }
  Cluster cluster{
      .columns = static_cast<uint8_t>(utf8proc_charwidth(base.code)),
      .consumed = base.size};
  set_text(cluster, bytes.substr(0, base.size));
  for (int marks = 0; marks < kMaxMarks && cluster.consumed < bytes.size();
       ++marks) {
    const Decoded next = decode(bytes.substr(cluster.consumed));
    if (next.code < 0x80 || !is_mark(next.code)) break;
    set_text(cluster, bytes.substr(cluster.consumed, next.size));
    cluster.consumed += next.size;
  }
  return cluster;
}

int text_columns(std::string_view bytes, Charset charset, int limit) {
  int columns = 0;
  while (!bytes.empty() && columns <= limit) {
    const Cluster cluster = next_cluster(bytes, charset);
    columns += cluster.columns;
    bytes.remove_prefix(cluster.consumed);
  }
  return columns;
}

std::string_view tail_that_fits(std::string_view bytes, Charset charset,
                                int columns) {
  if (columns <= 0) return {};
  const size_t window = (static_cast<size_t>(columns) + 1) * kMaxBytesPerColumn;
  if (bytes.size() > window) {
    bytes.remove_prefix(bytes.size() - window);
    // Not in the middle of a character.
    for (int i = 0; i < 3 && !bytes.empty() &&
                    (static_cast<uint8_t>(bytes[0]) & 0xc0) == 0x80;
         ++i) {
      bytes.remove_prefix(1);
    }
  }
  int total = text_columns(bytes, charset, static_cast<int>(window) * 10);
  while (total > columns) {
    const Cluster cluster = next_cluster(bytes, charset);
    total -= cluster.columns;
    bytes.remove_prefix(cluster.consumed);
  }
  return bytes;
}

std::string printable(std::string_view bytes, Charset charset, int columns) {
  std::string text;
  while (!bytes.empty()) {
    const Cluster cluster = next_cluster(bytes, charset);
    columns -= cluster.columns;
    if (columns < 0) break;
    text += cluster.view();
    bytes.remove_prefix(cluster.consumed);
  }
  return text;
}

size_t last_character_bytes(std::string_view text) {
  size_t size = 0;
  while (size < text.size() && size < 4) {
    ++size;
    const auto byte = static_cast<uint8_t>(text[text.size() - size]);
    if ((byte & 0xc0) != 0x80) break;
  }
  return size;
}

void append_utf8(std::string& text, char32_t code) {
  utf8proc_uint8_t bytes[4];
  const auto size =
      utf8proc_encode_char(static_cast<utf8proc_int32_t>(code), bytes);
  text.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
}

}  // namespace vestige::tui
