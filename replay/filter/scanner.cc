// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/scanner.h"

#include <algorithm>

namespace vestige::filter {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\b';
}
bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_word(char c) {
  return is_alpha(c) || (c >= '0' && c <= '9') || c == '_';
}
bool is_quote(char c) {
  return c == '"' || c == '\'';
}
// What a value without quotes may hold.
bool is_bare(char c) {
  return !is_blank(c) && !is_quote(c) && c != '(' && c != ')' && c != ',' &&
         c != '=';
}
bool ends_word(char c) {
  return is_blank(c) || c == '(' || c == ')';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// One escape behind its backslash; how many characters it took. Unknown ones
// stay as they are, so that "\d" in a regular expression needs no doubling.
size_t unescape(std::string_view rest, std::string& out) {
  switch (rest[0]) {
    case 'b': out += '\b'; return 1;
    case 'f': out += '\f'; return 1;
    case 'n': out += '\n'; return 1;
    case 'r': out += '\r'; return 1;
    case 't': out += '\t'; return 1;
    case '\\':
    case '/':
    case '"':
    case '\'': out += rest[0]; return 1;
    case 'x':
      if (rest.size() > 2 && hex_digit(rest[1]) >= 0 &&
          hex_digit(rest[2]) >= 0) {
        out += char(hex_digit(rest[1]) * 16 + hex_digit(rest[2]));
        return 3;
      }
      break;
    default: break;
  }
  out += '\\';
  out += rest[0];
  return 1;
}

}  // namespace

uint32_t Scanner::skip_blanks() {
  while (has(0) && is_blank(text_[at_])) ++at_;
  return at_;
}

bool Scanner::at_end() {
  return skip_blanks() == text_.size();
}

bool Scanner::peek(char wanted) {
  skip_blanks();
  return has(0) && text_[at_] == wanted;
}

bool Scanner::take(char wanted) {
  if (!peek(wanted)) return false;
  ++at_;
  return true;
}

bool Scanner::take_here(char wanted) {
  if (!has(0) || text_[at_] != wanted) return false;
  ++at_;
  return true;
}

bool Scanner::peek_word(std::string_view word) {
  skip_blanks();
  return text_.substr(at_).starts_with(word) &&
         (!has(word.size()) || ends_word(text_[at_ + word.size()]));
}

bool Scanner::take_word(std::string_view word) {
  if (!peek_word(word)) return false;
  at_ += word.size();
  return true;
}

bool Scanner::take_operator(std::string_view text) {
  if (is_alpha(text[0])) return take_word(text);
  if (!text_.substr(at_).starts_with(text)) return false;
  at_ += text.size();
  return true;
}

std::string Scanner::take_name() {
  skip_blanks();
  if (!has(0) || !is_alpha(text_[at_])) return {};
  const uint32_t begin = at_;
  while (has(0) && (is_word(text_[at_]) ||
                    (text_[at_] == '.' && has(1) && is_word(text_[at_ + 1]))))
    ++at_;
  return std::string(text_.substr(begin, at_ - begin));
}

std::optional<std::string> Scanner::take_quoted() {
  const char quote = text_[at_];
  const uint32_t begin = at_++;
  std::string out;
  while (has(0) && text_[at_] != quote) {
    if (text_[at_] != '\\' || !has(1)) {
      out += text_[at_++];
      continue;
    }
    ++at_;
    at_ += unescape(text_.substr(at_), out);
  }
  if (!has(0)) {
    at_ = begin;
    return std::nullopt;
  }
  ++at_;
  return out;
}

std::optional<std::string> Scanner::take_field_argument() {
  skip_blanks();
  std::string argument;
  if (has(0) && is_quote(text_[at_])) {
    auto quoted = take_quoted();
    if (!quoted) return std::nullopt;
    argument = *std::move(quoted);
  } else {
    while (has(0) && !is_blank(text_[at_]) && !is_quote(text_[at_]) &&
           text_[at_] != '[' && text_[at_] != ']')
      argument += text_[at_++];
    if (argument.empty()) return std::nullopt;
  }
  if (!take(']')) return std::nullopt;
  return argument;
}

std::optional<Scanner::Value> Scanner::take_value() {
  skip_blanks();
  if (has(0) && is_quote(text_[at_])) {
    auto quoted = take_quoted();
    if (!quoted) return std::nullopt;
    return Value{*std::move(quoted), true};
  }
  const uint32_t begin = at_;
  while (has(0) && is_bare(text_[at_])) ++at_;
  return Value{std::string(text_.substr(begin, at_ - begin)), false};
}

std::string Scanner::peek_text() {
  const Span span = word_span();
  return std::string(text_.substr(span.begin, span.end - span.begin));
}

Span Scanner::word_span() {
  const uint32_t begin = skip_blanks();
  uint32_t end = begin;
  while (end < text_.size() && is_bare(text_[end])) ++end;
  return {begin, std::max(end, begin + 1)};
}

}  // namespace vestige::filter
