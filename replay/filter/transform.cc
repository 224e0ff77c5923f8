// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/transform.h"

#include <algorithm>

namespace vestige::filter {
namespace {

using Values = std::vector<std::string>;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? char(c + 32) : c;
}
char upper(char c) {
  return c >= 'a' && c <= 'z' ? char(c - 32) : c;
}

std::string basename(std::string_view path) {
  const size_t slash = path.rfind('/');
  return std::string(slash == path.npos ? path : path.substr(slash + 1));
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

template <typename Change>
void each(const Values& values, FieldValues& out, Change change) {
  for (const std::string& value : values) out.add_kept(change(value));
}

void join(const Values& separators, const Values& values, FieldValues& out) {
  if (separators.empty() || values.empty()) return;
  std::string joined;
  for (size_t i = 0; i < values.size(); ++i) {
    if (i) joined += separators[0];
    joined += values[i];
  }
  out.add_kept(std::move(joined));
}

// The letters of getopt(3): "nt:" takes -n, and -t with a value.
bool is_option(std::string_view letters, char c) {
  return c != ':' && letters.find(c) != letters.npos;
}
bool takes_value(std::string_view letters, char c) {
  const size_t at = letters.find(c);
  return at + 1 < letters.size() && letters[at + 1] == ':';
}

// Like getopt(3): words that begin with a dash, up to the first other one or
// "--"; long options are passed over. visit(letter, value): "?" for a letter
// that is not among them, the value empty when it is missing.
template <typename Visit>
void getopt(const Values& words, std::string_view letters, Visit visit) {
  for (size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const std::string& word = words[i];
    if (word.starts_with("--")) continue;
    if (word.size() < 2 || word[0] != '-') return;
    for (size_t at = 1; at < word.size(); ++at) {
      const char c = word[at];
      if (!is_option(letters, c)) {
        visit("?", std::optional<std::string>());
      } else if (!takes_value(letters, c)) {
        visit(std::string(1, c), std::optional<std::string>());
      } else {
        std::string value = word.substr(at + 1);
        if (value.empty() && i + 1 < words.size()) value = words[++i];
        visit(std::string(1, c), std::optional(std::move(value)));
        break;
      }
    }
  }
}

// All options and values as a list; of one option, the last value, or its
// letter when it takes none.
void getopt(const Values& words, const Values& letters, std::string_view wanted,
            FieldValues& out) {
  if (letters.empty()) return;
  std::optional<std::string> last;
  getopt(words, letters[0],
         [&](std::string letter, std::optional<std::string> value) {
           if (wanted.empty()) {
             out.add_kept(std::move(letter));
             if (value) out.add_kept(*std::move(value));
           } else if (letter == wanted) {
             last = value ? *std::move(value) : std::move(letter);
           }
         });
  if (last) out.add_kept(*std::move(last));
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0) return std::nullopt;
    bits = bits << 6 | uint32_t(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += char(bits >> count);
  }
  return out;
}

void apply_transformer(Transformer transformer,
                       const std::vector<Values>& given, bool is_list,
                       std::string_view option, FieldValues& out) {
  const Values& first = given[0];
  switch (transformer) {
    case Transformer::kToLower:
      return each(first, out, [](std::string text) {
        std::ranges::transform(text, text.begin(), lower);
        return text;
      });
    case Transformer::kToUpper:
      return each(first, out, [](std::string text) {
        std::ranges::transform(text, text.begin(), upper);
        return text;
      });
    case Transformer::kB64:
      for (const std::string& value : first)
        if (auto decoded = decode_base64(value))
          out.add_kept(*std::move(decoded));
      return;
    case Transformer::kBasename: return each(first, out, basename);
    case Transformer::kLen:
      if (is_list) return out.add_number(int64_t(first.size()));
      for (const std::string& value : first)
        out.add_number(int64_t(value.size()));
      return;
    case Transformer::kJoin: return join(first, given[1], out);
    case Transformer::kConcat: {
      std::string whole;
      for (const Values& values : given) {
        if (values.empty()) return;
        whole += values[0];
      }
      return out.add_kept(std::move(whole));
    }
    case Transformer::kGetopt: return getopt(first, given[1], option, out);
    case Transformer::kVal: return;
  }
}

}  // namespace vestige::filter
