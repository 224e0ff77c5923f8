// SPDX-License-Identifier: Apache-2.0
#include "tui/key.h"

#include <fmt/format.h>

#include "tui/text_width.h"

namespace vestige::tui {
namespace {

struct NamedKey {
  char32_t code;
  std::string_view name;
};
constexpr NamedKey kNamed[] = {
    {kKeyUp, "Up"},       {kKeyDown, "Down"},     {kKeyLeft, "Left"},
    {kKeyRight, "Right"}, {kKeyHome, "Home"},     {kKeyEnd, "End"},
    {kKeyPageUp, "PgUp"}, {kKeyPageDown, "PgDn"}, {kKeyInsert, "Ins"},
    {kKeyDelete, "Del"},  {kKeyBackTab, "S-Tab"}, {kKeyTab, "Tab"},
    {kKeyEnter, "Enter"}, {kKeyEscape, "Esc"},    {kKeyBackspace, "Bksp"},
    {' ', "Space"},
};

}  // namespace

std::string key_name(Key key) {
  for (const NamedKey& named : kNamed) {
    if (named.code == key.code) return std::string(named.name);
  }
  if (key.code >= kKeyF1 && key.code <= kKeyF12) {
    return fmt::format("F{}", key.code - kKeyF1 + 1);
  }
  if (key.code < 0x20) {
    return fmt::format("C-{}", static_cast<char>('a' + key.code - 1));
  }
  std::string text;
  append_utf8(text, key.code);
  return text;
}

std::optional<Key> parse_key(std::string_view name) {
  for (const NamedKey& named : kNamed) {
    if (named.name == name) return Key{named.code};
  }
  if (name.size() >= 2 && name.size() <= 3 && name[0] == 'F') {
    char32_t number = 0;
    for (const char digit : name.substr(1)) {
      if (digit < '0' || digit > '9') return std::nullopt;
      number = number * 10 + static_cast<char32_t>(digit - '0');
    }
    if (number < 1 || number > 12) return std::nullopt;
    return Key{kKeyF1 + number - 1};
  }
  if (name.size() == 3 && name.starts_with("C-") && name[2] >= 'a' &&
      name[2] <= 'z') {
    return Key{static_cast<char32_t>(name[2] - 'a' + 1)};
  }
  if (name.size() == 1 && name[0] > ' ' && name[0] < 0x7f) {
    return Key{static_cast<char32_t>(name[0])};
  }
  return std::nullopt;
}

std::optional<std::vector<Key>> parse_keys(std::string_view names) {
  std::vector<Key> keys;
  while (true) {
    names.remove_prefix(std::min(names.find_first_not_of(' '), names.size()));
    if (names.empty()) return keys;
    const size_t end = std::min(names.find(' '), names.size());
    const auto key = parse_key(names.substr(0, end));
    if (!key) return std::nullopt;
    keys.push_back(*key);
    names.remove_prefix(end);
  }
}

}  // namespace vestige::tui
