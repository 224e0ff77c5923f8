// SPDX-License-Identifier: Apache-2.0
//
// From bytes to what a terminal may be given. Everything captured is hostile:
// control characters, bidirectional overrides, invisible and invalid bytes
// come out as visible escapes made of ASCII, marked as such.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vestige::tui {

enum class Charset : uint8_t { kAscii, kUtf8 };

// The next thing to draw: one character with its combining marks, or the
// escape that stands for bytes that must not be drawn.
struct Cluster {
  std::array<char, 12> text = {};
  uint8_t size = 0;     // bytes of text
  uint8_t columns = 0;  // 1 or 2; for an escape: its length
  bool is_escape = false;
  size_t consumed = 0;  // bytes of the input

  [[nodiscard]] std::string_view view() const { return {text.data(), size}; }
};

// bytes must not be empty. At most two combining marks stay with a character.
Cluster next_cluster(std::string_view bytes, Charset charset);

// Columns that the text takes; stops counting above the limit, so that a huge
// text costs no more than a screen full.
int text_columns(std::string_view bytes, Charset charset, int limit);

// The longest end of the text that fits, without cutting a cluster. Looks at
// the last bytes only.
std::string_view tail_that_fits(std::string_view bytes, Charset charset,
                                int columns);

// One line, safe to print anywhere, at most so many columns.
std::string printable(std::string_view bytes, Charset charset, int columns);

// Bytes of the last character, for an editor's backspace; 0 when empty.
size_t last_character_bytes(std::string_view text);

void append_utf8(std::string& text, char32_t code);

}  // namespace vestige::tui
