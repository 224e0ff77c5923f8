// SPDX-License-Identifier: Apache-2.0
//
// Takes one token after the other from the text of a filter. What a token is
// depends on what is expected, so the parser asks. Copying one remembers a
// place to go back to. Never reads behind the end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "replay/filter/ast.h"

namespace vestige::filter {

class Scanner {
 public:
  explicit Scanner(std::string_view text, uint32_t at = 0)
      : text_(text), at_(at) {}

  [[nodiscard]] uint32_t position() const { return at_; }
  uint32_t skip_blanks();
  bool at_end();

  // One character, after blanks.
  [[nodiscard]] bool peek(char wanted);
  bool take(char wanted);
  // Without skipping blanks.
  bool take_here(char wanted);

  // `and`, `or`, `not`, ...: the word must end there.
  bool peek_word(std::string_view word);
  bool take_word(std::string_view word);
  // Symbols need no end, words do.
  bool take_operator(std::string_view text);

  // letters, digits, '_' and, between them, dots; "" if there is none.
  std::string take_name();
  // Up to and with ']'; quotes as in values.
  std::optional<std::string> take_field_argument();

  struct Value {
    std::string text;
    bool is_quoted = false;
  };
  // nullopt: a quote that is not closed.
  std::optional<Value> take_value();

  // What stands here, for messages.
  [[nodiscard]] std::string peek_text();
  [[nodiscard]] Span word_span();

 private:
  [[nodiscard]] bool has(size_t offset) const {
    return at_ + offset < text_.size();
  }
  std::optional<std::string> take_quoted();

  std::string_view text_;
  uint32_t at_;
};

}  // namespace vestige::filter
