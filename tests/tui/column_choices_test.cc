// SPDX-License-Identifier: Apache-2.0
#include "tui/column_choices.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>

#include "format/trace_reader.h"
#include "tests/tui/stories.h"
#include "tui/app.h"

namespace vestige::tui {
namespace {

using Columns = std::vector<std::string>;

TEST(ColumnChoices, AreThereAgainInTheirOrder) {
  const ScratchDirectory scratch;
  const std::string path = scratch.path("config/vestige/columns");
  ColumnChoices choices = ColumnChoices::load(path).value();
  EXPECT_EQ(choices.of("files"), nullptr);
  choices.set("files", {"PATH", "fd.ino"});
  choices.set("processes", {"COMMAND", "PID"});
  ASSERT_TRUE(choices.save());
  const ColumnChoices again = ColumnChoices::load(path).value();
  ASSERT_NE(again.of("files"), nullptr);
  EXPECT_EQ(*again.of("files"), (Columns{"PATH", "fd.ino"}));
  EXPECT_EQ(*again.of("processes"), (Columns{"COMMAND", "PID"}));
  struct stat file = {};
  ASSERT_EQ(stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
}

TEST(ColumnChoices, NothingChosenLeavesNoFile) {
  const ScratchDirectory scratch;
  const std::string path = scratch.path("columns");
  ColumnChoices choices = ColumnChoices::load(path).value();
  choices.set("files", {"PATH"});
  ASSERT_TRUE(choices.save());
  choices.forget("files");
  ASSERT_TRUE(choices.save());
  EXPECT_FALSE(std::ifstream(path).good());
}

TEST(ColumnChoices, ALineThatIsNoneIsToldWithItsNumber) {
  const ScratchDirectory scratch;
  const std::string path = scratch.path("columns");
  std::ofstream(path) << "# mine\nfiles PATH\nprocesses\n";
  const auto choices = ColumnChoices::load(path);
  ASSERT_FALSE(choices);
  EXPECT_NE(choices.error().message.find("line 3"), std::string::npos)
      << choices.error().message;
}

class ColumnsOfAnApp : public testing::Test {
 protected:
  ColumnsOfAnApp() : trace_(scratch_.path("x.vtrace")) {
    write_story("break_in", trace_);
  }

  // What the program shows after these keys, started anew.
  std::string shown(std::string_view keys, std::string_view typed = {},
                    std::string_view then = {}) {
    App app(trace_, TraceReader::open(trace_)->header(), KeyMap(),
            Charset::kUtf8, Bookmarks::load(trace_));
    app.set_columns(ColumnChoices::load(scratch_.path("columns")).value());
    app.set_case(
        std::make_shared<const LoadedCase>(Case::open(trace_).value()));
    const auto draw = [&] {
      Screen screen(140, 45, Charset::kUtf8);
      app.draw(screen);
      return screen.text();
    };
    const auto press = [&](Key key) {
      app.handle(key);
      draw();
    };
    draw();
    const auto first = parse_keys(keys);
    for (const Key key : *first) press(key);
    for (const char c : typed) press({static_cast<unsigned char>(c)});
    const auto last = parse_keys(then);
    for (const Key key : *last) press(key);
    while (app.is_busy()) draw();
    if (mouse_) app.handle(*mouse_);
    return draw();
  }

  std::optional<Mouse> mouse_;  // after all keys

  ScratchDirectory scratch_;
  std::string trace_;
};

TEST_F(ColumnsOfAnApp, AreKeptForTheNextSession) {
  EXPECT_EQ(shown("2").find("proc.cwd"), std::string::npos);
  shown("2 C a", "proc.cwd", "Enter Esc");
  EXPECT_NE(shown("2").find("proc.cwd"), std::string::npos);
  EXPECT_EQ(shown("3").find("proc.cwd"), std::string::npos);
  shown("2 C r Esc", "", "Esc");
  EXPECT_EQ(shown("2").find("proc.cwd"), std::string::npos);
}

TEST_F(ColumnsOfAnApp, TheLastOneCannotBeHidden) {
  std::ofstream(scratch_.path("columns")) << "files PATH\n";
  const std::string screen = shown("3 C Space Esc");
  EXPECT_NE(screen.find("PATH"), std::string::npos) << screen;
}

TEST_F(ColumnsOfAnApp, OfAnotherVersionAreLeftOut) {
  std::ofstream(scratch_.path("columns")) << "files PATH FLAVOUR no.such\n";
  const std::string screen = shown("3");
  EXPECT_NE(screen.find("PATH"), std::string::npos) << screen;
  EXPECT_EQ(screen.find("FLAVOUR"), std::string::npos) << screen;
}

TEST_F(ColumnsOfAnApp, TheRightButtonOffersTheCellItIsOn) {
  const std::string before = shown("4");
  const size_t place = before.find("203.0.113.9:80");
  ASSERT_NE(place, std::string::npos) << before;
  const size_t line = before.rfind('\n', place) + 1;
  mouse_ = Mouse{.kind = Mouse::Kind::kMenuPress,
                 .x = static_cast<int>(place - line),
                 .y = static_cast<int>(
                     std::count(before.begin(), before.begin() + line, '\n'))};
  const std::string screen = shown("4");
  EXPECT_NE(screen.find("conn.remote = 203.0.113.9:80"), std::string::npos)
      << screen;
}

// On a field of rows there is nothing to ask events for; the line has more.
TEST_F(ColumnsOfAnApp, ACellThatNoEventHasOffersItsLine) {
  const std::string screen =
      shown("3 C a", "row.count", "Enter Esc L L L L L L L =");
  EXPECT_EQ(screen.find("row.count ="), std::string::npos) << screen;
  EXPECT_NE(screen.find("fd.name ="), std::string::npos) << screen;
}

}  // namespace
}  // namespace vestige::tui
