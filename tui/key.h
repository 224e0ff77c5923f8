// SPDX-License-Identifier: Apache-2.0
//
// What hands do: keys and the mouse, without any terminal in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vestige::tui {

// A character, or one of the keys below. Control characters are the control
// key with a letter: 0x04 is C-d.
struct Key {
  char32_t code = 0;

  friend auto operator<=>(const Key&, const Key&) = default;
};

// Above all of Unicode.
enum SpecialKey : char32_t {
  kKeyUp = 0x110000,
  kKeyDown,
  kKeyLeft,
  kKeyRight,
  kKeyHome,
  kKeyEnd,
  kKeyPageUp,
  kKeyPageDown,
  kKeyInsert,
  kKeyDelete,
  kKeyBackTab,
  kKeyF1,
  kKeyF12 = kKeyF1 + 11,
};
inline constexpr char32_t kKeyTab = 9;
inline constexpr char32_t kKeyEnter = 13;
inline constexpr char32_t kKeyEscape = 27;
inline constexpr char32_t kKeyBackspace = 127;

struct Mouse {
  enum class Kind : uint8_t {
    kPress,
    kDoublePress,
    kMenuPress,
    kWheelUp,
    kWheelDown
  };
  Kind kind = Kind::kPress;
  int x = 0, y = 0;
};
struct Resized {};
struct Nothing {};  // the time was up, or somebody woke us
struct HungUp {};   // the terminal is gone

using Input = std::variant<Nothing, Key, Mouse, Resized, HungUp>;

// "j", "C-d", "F5", "Enter", "Space", "Up": as in help and in settings.
std::string key_name(Key key);
std::optional<Key> parse_key(std::string_view name);
// Names with spaces between. Stops at the first that is no key: nullopt.
std::optional<std::vector<Key>> parse_keys(std::string_view names);

}  // namespace vestige::tui
