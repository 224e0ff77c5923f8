// SPDX-License-Identifier: Apache-2.0
//
// Which key does what: keys.def, changed by the user's settings.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"
#include "tui/key.h"

namespace vestige::tui {

enum class Action : uint8_t {
#define ACTION(name, group, command, keys, help) name,
#include "tui/keys.def"
#undef ACTION
};

enum class ActionGroup : uint8_t {
  kMove,
  kView,
  kDrill,
  kFind,
  kTree,
  kTime,
  kNote,
  kProgram,
};
std::string_view group_title(ActionGroup group);

struct ActionInfo {
  Action action;
  ActionGroup group;
  std::string_view command;
  std::string_view keys;  // as shipped
  std::string_view help;
};
// In the order of keys.def.
std::span<const ActionInfo> actions();
const ActionInfo& info(Action action);
std::optional<Action> find_action(std::string_view command);

class KeyMap {
 public:
  KeyMap();  // as shipped

  // Settings: lines "COMMAND KEY..." bind these keys and no others; '#' starts
  // a comment. kUsage names the line that is not understood.
  Result<void> apply_settings(std::string_view text, std::string_view name);

  [[nodiscard]] std::optional<Action> action(Key key) const;
  // All keys of an action, names with spaces between; for help.
  [[nodiscard]] std::string keys_text(Action action) const;

 private:
  std::map<Key, Action> actions_;
  std::map<Action, std::vector<Key>> keys_;
};

}  // namespace vestige::tui
