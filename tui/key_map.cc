// SPDX-License-Identifier: Apache-2.0
#include "tui/key_map.h"

#include <fmt/format.h>

#include <algorithm>

namespace vestige::tui {
namespace {

constexpr ActionInfo kActions[] = {
#define ACTION(name, group, command, keys, help) \
  {Action::name, ActionGroup::group, command, keys, help},
#include "tui/keys.def"
#undef ACTION
};

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const std::string_view word =
      line.substr(0, std::min(line.find_first_of(" \t"), line.size()));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

std::string_view group_title(ActionGroup group) {
  switch (group) {
    case ActionGroup::kMove: return "Moving";
    case ActionGroup::kView: return "Views";
    case ActionGroup::kDrill: return "From one thing to another";
    case ActionGroup::kFind: return "Finding and sorting";
    case ActionGroup::kTree: return "Trees";
    case ActionGroup::kTime: return "Time";
    case ActionGroup::kNote: return "Bookmarks";
    case ActionGroup::kProgram: return "Program";
  }
  return "";
}

std::span<const ActionInfo> actions() {
  return kActions;
}

const ActionInfo& info(Action action) {
  return kActions[static_cast<size_t>(action)];
}

std::optional<Action> find_action(std::string_view command) {
  const auto* found =
      std::ranges::find(kActions, command, &ActionInfo::command);
  if (found == std::end(kActions)) return std::nullopt;
  return found->action;
}

KeyMap::KeyMap() {
  for (const ActionInfo& action : kActions) {
    keys_[action.action] = *parse_keys(action.keys);
    for (const Key key : keys_[action.action]) actions_[key] = action.action;
  }
}

Result<void> KeyMap::apply_settings(std::string_view text,
                                    std::string_view name) {
  int number = 0;
  while (!text.empty()) {
    ++number;
    std::string_view line =
        text.substr(0, std::min(text.find('\n'), text.size()));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const std::string_view command = take_word(line);
    if (command.empty()) continue;
    const auto action = find_action(command);
    const auto keys = parse_keys(line);
    if (!action || !keys) {
      return Error{ErrorKind::kUsage,
                   fmt::format("{}: line {}: {}", name, number,
                               action ? "not a list of keys"
                                      : "not a command; see the help")};
    }
    for (const Key key : keys_[*action]) {
      const auto old = actions_.find(key);
      if (old != actions_.end() && old->second == *action) actions_.erase(old);
    }
    for (const Key key : *keys) {
      const auto old = actions_.find(key);
      if (old != actions_.end()) std::erase(keys_[old->second], key);
      actions_[key] = *action;
    }
    keys_[*action] = *keys;
  }
  return {};
}

std::optional<Action> KeyMap::action(Key key) const {
  const auto found = actions_.find(key);
  if (found == actions_.end()) return std::nullopt;
  return found->second;
}

std::string KeyMap::keys_text(Action action) const {
  std::string text;
  for (const Key key : keys_.at(action)) {
    if (!text.empty()) text += ' ';
    text += key_name(key);
  }
  return text;
}

}  // namespace vestige::tui
