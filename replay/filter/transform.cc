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

// Like getopt(3): words up to `--`; a letter of `with_value` takes what
// follows it or the next word.
void getopt(const Values& words, const Values& option, const Values* letters,
            FieldValues& out) {
  if (option.empty()) return;
  const std::string& wanted = option[0];
  const bool takes_value = letters && !letters->empty() &&
                           (*letters)[0].find(wanted) != std::string::npos;
  for (size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const std::string& word = words[i];
    if (word.starts_with("--")) {
      const size_t equal = word.find('=');
      if (word.substr(2, equal == word.npos ? word.npos : equal - 2) != wanted)
        continue;
      if (equal != word.npos) return out.add_kept(word.substr(equal + 1));
      return out.add_kept(takes_value && i + 1 < words.size() ? words[i + 1]
                                                              : std::string());
    }
    if (!word.starts_with('-') || wanted.size() != 1) continue;
    const size_t at = word.find(wanted[0], 1);
    if (at == word.npos) continue;
    if (!takes_value) return out.add_kept({});
    if (at + 1 < word.size()) return out.add_kept(word.substr(at + 1));
    if (i + 1 < words.size()) return out.add_kept(words[i + 1]);
    return;
  }
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
                       FieldValues& out) {
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
    case Transformer::kGetopt:
      return getopt(first, given[1], given.size() > 2 ? &given[2] : nullptr,
                    out);
    case Transformer::kVal: return;
  }
}

}  // namespace vestige::filter
