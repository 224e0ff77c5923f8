// SPDX-License-Identifier: Apache-2.0
//
// Golden screens: tests/golden/tui/NAME/keys.txt tells which story is opened
// on how large a screen and which keys are pressed; expected.screen is what
// one sees then. REWRITE_GOLDEN=1 rewrites it.
//
//   story break_in
//   size 80x24
//   ascii          (optional: a terminal without UTF-8)
//   rules          (optional: those of rules.yaml are asked)
//   keys 2 j j Enter
//   type tmp       (as it stands, letter by letter)
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tui/stories.h"
#include "tui/app.h"

namespace vestige::tui {
namespace {

const std::filesystem::path kGolden = VESTIGE_GOLDEN_DIRECTORY;

struct Script {
  std::string story = "break_in";
  int width = 80, height = 24;
  Charset charset = Charset::kUtf8;
  bool asks_rules = false;
  std::vector<Key> keys;
};

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void read_line(const std::string& line, Script& script) {
  const size_t space = std::min(line.find(' '), line.size());
  const std::string word = line.substr(0, space);
  const std::string rest =
      space < line.size() ? line.substr(space + 1) : std::string();
  if (word == "story") {
    script.story = rest;
  } else if (word == "size") {
    ASSERT_EQ(std::sscanf(rest.c_str(), "%dx%d", &script.width, &script.height),
              2);
  } else if (word == "ascii") {
    script.charset = Charset::kAscii;
  } else if (word == "rules") {
    script.asks_rules = true;
  } else if (word == "keys") {
    const auto keys = parse_keys(rest);
    ASSERT_TRUE(keys) << rest;
    script.keys.insert(script.keys.end(), keys->begin(), keys->end());
  } else if (word == "type") {
    for (const char letter : rest) {
      script.keys.push_back({static_cast<unsigned char>(letter)});
    }
  } else {
    ASSERT_TRUE(word.empty() || word == "#") << line;
  }
}

Script read_script(const std::filesystem::path& path) {
  Script script;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) read_line(line, script);
  return script;
}

std::string screen_text(const Screen& screen) {
  return fmt::format("{}x{}\n{}styles\n{}", screen.width(), screen.height(),
                     screen.text(), screen.styles());
}

class Screens : public testing::TestWithParam<std::string> {};

TEST_P(Screens, AreAsExpected) {
  setenv("TZ", "UTC", 1);
  const std::filesystem::path directory = kGolden / GetParam();
  const Script script = read_script(directory / "keys.txt");
  const ScratchDirectory scratch;
  const std::string path = scratch.path("case.vtrace");
  write_story(script.story, path);
  auto opened = Case::open(path);
  ASSERT_TRUE(opened) << opened.error().message;
  App app("case.vtrace", opened->header(), KeyMap(), script.charset,
          Bookmarks::load(path));
  if (script.asks_rules) app.set_rules({VESTIGE_TUI_RULES});
  app.set_case(std::make_shared<const LoadedCase>(std::move(opened).value()));
  // Drawn after every key, as on a terminal: views learn their size so.
  Screen screen(script.width, script.height, script.charset);
  const auto draw = [&] {
    do {
      screen = Screen(script.width, script.height, script.charset);
      app.draw(screen);
    } while (app.is_busy());
    screen = Screen(script.width, script.height, script.charset);
    app.draw(screen);
  };
  draw();
  for (const Key key : script.keys) {
    app.handle(key);
    draw();
  }
  const std::string actual = screen_text(screen);
  const std::filesystem::path expected = directory / "expected.screen";
  if (std::getenv("REWRITE_GOLDEN")) std::ofstream(expected) << actual;
  EXPECT_EQ(actual, read_text(expected)) << expected;
}

std::vector<std::string> scripts() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kGolden)) {
    if (exists(entry.path() / "keys.txt")) {
      names.push_back(entry.path().filename());
    }
  }
  std::ranges::sort(names);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Golden, Screens, testing::ValuesIn(scripts()),
                         [](const auto& param) { return param.param; });

}  // namespace
}  // namespace vestige::tui
