// SPDX-License-Identifier: Apache-2.0
#include "tui/key_map.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace vestige::tui {
namespace {

TEST(Keys, NamesReadBack) {
  for (const char* name : {"a", "Z", "/", "F1", "F12", "C-c", "Space", "Enter",
                           "Esc", "Bksp", "PgDn", "S-Tab", "Up"}) {
    const auto key = parse_key(name);
    ASSERT_TRUE(key) << name;
    EXPECT_EQ(key_name(*key), name);
  }
  for (const char* name : {"", "F0", "F13", "F99", "C-", "C-1", "Entr", "ab"}) {
    EXPECT_FALSE(parse_key(name)) << name;
  }
}

TEST(KeyMap, EveryActionHasKeysAndNoKeyHasTwoActions) {
  std::map<Key, Action> owners;
  std::set<std::string_view> commands;
  for (const ActionInfo& action : actions()) {
    EXPECT_TRUE(commands.insert(action.command).second) << action.command;
    const auto keys = parse_keys(action.keys);
    ASSERT_TRUE(keys) << action.command;
    EXPECT_FALSE(keys->empty()) << action.command;
    for (const Key key : *keys) {
      const auto [owner, is_new] = owners.try_emplace(key, action.action);
      EXPECT_TRUE(is_new) << key_name(key) << " of " << action.command
                          << " belongs to " << info(owner->second).command;
    }
  }
}

TEST(KeyMap, SettingsReplaceTheKeysOfACommand) {
  KeyMap keys;
  ASSERT_TRUE(keys.apply_settings("# mine\nquit X\n\ndown J C-n # two\n", "k"));
  EXPECT_EQ(keys.action({'X'}), Action::kQuit);
  EXPECT_EQ(keys.action({'J'}), Action::kDown);
  EXPECT_FALSE(keys.action({'j'}));
  EXPECT_EQ(keys.keys_text(Action::kDown), "J C-n");
}

TEST(KeyMap, AKeyTakenFromAnotherCommandIsItsNoMore) {
  KeyMap keys;
  ASSERT_TRUE(keys.apply_settings("down k\n", "k"));
  EXPECT_EQ(keys.action({'k'}), Action::kDown);
  EXPECT_EQ(keys.keys_text(Action::kUp), "Up C-p");
}

TEST(KeyMap, SettingsThatAreNotUnderstoodNameTheirLine) {
  KeyMap keys;
  const auto bad_command = keys.apply_settings("down j\nfly x\n", "keys");
  ASSERT_FALSE(bad_command);
  EXPECT_EQ(bad_command.error().message,
            "keys: line 2: not a command; see the help");
  const auto bad_key = keys.apply_settings("down Blah\n", "keys");
  ASSERT_FALSE(bad_key);
  EXPECT_EQ(bad_key.error().message, "keys: line 1: not a list of keys");
}

}  // namespace
}  // namespace vestige::tui
