// SPDX-License-Identifier: Apache-2.0
//
// Views of a case that is still being read.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "format/trace_reader.h"
#include "tests/tui/stories.h"
#include "tui/app.h"

namespace vestige::tui {
namespace {

class Loading : public testing::Test {
 protected:
  Loading() : path_(scratch_.path("x.vtrace")) {
    write_story("break_in", path_);
  }

  App app() {
    return {path_, TraceReader::open(path_)->header(), KeyMap(), Charset::kUtf8,
            Bookmarks::load(path_)};
  }
  static std::string draw(App& app) {
    Screen screen(140, 45, Charset::kUtf8);
    app.draw(screen);
    return screen.text();
  }
  static void press(App& app, std::string_view names) {
    const std::vector<Key> keys = *parse_keys(names);
    for (const Key key : keys) {
      app.handle(key);
      draw(app);
    }
  }
  static std::shared_ptr<const LoadedCase> known(CaseReader& reader) {
    return std::make_shared<const LoadedCase>(reader.so_far());
  }
  std::shared_ptr<const LoadedCase> whole() {
    return std::make_shared<const LoadedCase>(Case::open(path_).value());
  }
  static bool has(const std::string& screen, std::string_view text) {
    return screen.find(text) != std::string::npos;
  }

  ScratchDirectory scratch_;
  std::string path_;
};

TEST_F(Loading, EveryViewShowsWhatIsKnownAndSaysSo) {
  App one = app();
  EXPECT_TRUE(has(draw(one), "Reading: 0 events so far"));
  CaseReader reader = CaseReader::open(path_).value();
  ASSERT_TRUE(*reader.read(30));
  one.set_case(known(reader));
  one.set_progress({.events = 30, .share = 0.4});
  const std::string overview = draw(one);
  EXPECT_TRUE(has(overview, "reading 40 %")) << overview;
  EXPECT_TRUE(has(overview, "so far")) << overview;
  for (const char* key : {"2", "3", "4", "5", "7"}) {
    press(one, key);
    EXPECT_TRUE(has(draw(one), " so far")) << draw(one);
  }
  press(one, "8");
  EXPECT_TRUE(has(draw(one), "Only a part of the trace has been read"));
  while (*reader.read(1000)) continue;
  one.set_case(std::make_shared<const LoadedCase>(std::move(reader).finish()));
  EXPECT_FALSE(has(draw(one), "Only a part")) << draw(one);
  EXPECT_FALSE(has(draw(one), "reading")) << draw(one);
}

TEST_F(Loading, OneStaysOnTheSameLineWhileMoreComes) {
  App one = app();
  CaseReader reader = CaseReader::open(path_).value();
  ASSERT_TRUE(*reader.read(30));
  one.set_case(known(reader));
  draw(one);
  press(one, "5 j j j j j m");
  const std::string before = draw(one);
  const size_t line = before.find("\n◆ ");
  ASSERT_NE(line, std::string::npos) << before;
  while (*reader.read(7)) {
    one.set_case(known(reader));
    draw(one);
  }
  one.set_case(std::make_shared<const LoadedCase>(std::move(reader).finish()));
  draw(one);
  press(one, "m");  // the same line: the bookmark goes
  EXPECT_TRUE(has(draw(one), "bookmark removed")) << draw(one);
}

// Rules are asked in the background: what a key means must not depend on
// whether they are done.
TEST_F(Loading, FindingsThatComeMoveNoLineUnderTheCursor) {
  App one = app();
  one.set_rules({VESTIGE_TUI_RULES});
  one.set_case(whole());
  const std::string before = draw(one);
  while (one.is_busy()) draw(one);
  const std::string after = draw(one);
  ASSERT_TRUE(has(after, "What the rules found")) << after;
  press(one, "j Enter");  // the second thing that stands out
  EXPECT_TRUE(has(draw(one), "Life of /tmp/.x/up")) << draw(one) << before;

  App other = app();
  other.set_rules({VESTIGE_TUI_RULES});
  other.set_case(whole());
  press(other, "j");
  while (other.is_busy()) draw(other);
  press(other, "Enter");
  EXPECT_TRUE(has(draw(other), "Life of /tmp/.x/up")) << draw(other);
}

// A filter finds things bit by bit: what it has not found yet comes back.
TEST_F(Loading, ARowThatAFilterHidesForAMomentStaysSelected) {
  App one = app();
  one.set_case(whole());
  press(one, "2 G k m");  // the last but one
  press(one, "F4 p r o c . p i d = 1");
  while (one.is_busy()) draw(one);
  ASSERT_TRUE(has(draw(one), "no processes match")) << draw(one);
  press(one, "Esc");  // no filter any more
  while (one.is_busy()) draw(one);
  press(one, "m");
  EXPECT_TRUE(has(draw(one), "bookmark removed")) << draw(one);
}

// Keys typed ahead are handled before the next drawing.
TEST_F(Loading, AKeyMeansTheLineThatWasSeen) {
  App one = app();
  CaseReader reader = CaseReader::open(path_).value();
  ASSERT_TRUE(*reader.read(30));
  one.set_case(known(reader));
  press(one, "5 G k k k m");
  while (*reader.read(7)) one.set_case(known(reader));
  one.set_case(std::make_shared<const LoadedCase>(std::move(reader).finish()));
  one.handle(parse_keys("m")->front());
  EXPECT_TRUE(has(draw(one), "bookmark removed")) << draw(one);
}

// From any number of events to the next, in all views, with a filter.
TEST_F(Loading, NoViewMindsAnyMomentOfReading) {
  App one = app();
  CaseReader reader = CaseReader::open(path_).value();
  constexpr std::string_view kKeys[] = {"1", "2", "3", "4",     "5",   "7",
                                        "8", "9", "y", "Enter", "Esc", "G"};
  size_t step = 0;
  while (*reader.read(1)) {
    one.set_case(known(reader));
    press(one, kKeys[step++ % std::size(kKeys)]);
    if (step == 20) {
      press(one, "F4 p r o c . n a m e = u p Enter");
    }
  }
  one.set_case(std::make_shared<const LoadedCase>(std::move(reader).finish()));
  press(one, "2");
  while (one.is_busy()) draw(one);  // the filter is asked in the background
  EXPECT_TRUE(has(draw(one), "/tmp/.x/up")) << draw(one);
}

TEST_F(Loading, GivingUpLeavesWhatWasRead) {
  Loader loader({path_}, CaseReader::Mode::kFollow, -1);
  loader.give_up();
  while (!loader.is_done()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  // All was there already, or it was given up: never nothing at all.
  EXPECT_NE(loader.take(), nullptr);
}

TEST_F(Loading, TracesOfSeveralBootsAreRefused) {
  const std::string second = scratch_.path("y.vtrace");
  write_story("talk", second, "another boot");
  Loader loader({path_, second}, CaseReader::Mode::kOnce, -1);
  while (!loader.is_done()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const auto error = loader.take_error();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::kUsage);
}

TEST_F(Loading, SeveralTracesOfOneBootAreOne) {
  const std::string second = scratch_.path("y.vtrace");
  write_story("talk", second);
  Loader loader({path_, second}, CaseReader::Mode::kOnce, -1);
  while (!loader.is_done()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const auto error = loader.take_error();
  ASSERT_FALSE(error) << error->message;
  const auto merged = loader.take();
  ASSERT_NE(merged, nullptr);
  EXPECT_NE(merged->insights.file("/tmp/.x/up"), nullptr);
  EXPECT_NE(merged->insights.file("/tmp/u"), nullptr);
}

}  // namespace
}  // namespace vestige::tui
