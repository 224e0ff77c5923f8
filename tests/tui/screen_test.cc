// SPDX-License-Identifier: Apache-2.0
#include "tui/screen.h"

#include <gtest/gtest.h>

#include <string>

namespace vestige::tui {
namespace {

std::string line(const Screen& screen) {
  const std::string text = screen.text();
  return text.substr(0, text.find('\n'));
}

TEST(Screen, PutsTextAndTellsTheColumnAfterIt) {
  Screen screen(10, 1, Charset::kUtf8);
  EXPECT_EQ(screen.put(2, 0, "ab", Style::kPlain, 10), 4);
  EXPECT_EQ(line(screen), "  ab");
}

TEST(Screen, ClipsAtTheLimitAndOutside) {
  Screen screen(5, 1, Charset::kUtf8);
  screen.put(0, 0, "abcdefgh", Style::kPlain, 3);
  screen.put(0, 7, "x", Style::kPlain, 5);
  screen.put(-1, 0, "x", Style::kPlain, 5);
  EXPECT_EQ(line(screen), "abc");
}

TEST(Screen, AWideCharacterThatDoesNotFitIsLeftOut) {
  Screen screen(3, 1, Charset::kUtf8);
  screen.put(0, 0, "a漢字", Style::kPlain, 3);
  EXPECT_EQ(line(screen), "a漢");
  screen.put(0, 0, "漢字", Style::kPlain, 3);
  EXPECT_EQ(line(screen), "漢");
}

TEST(Screen, HalfOfAWideCharacterNeverStays) {
  Screen screen(4, 1, Charset::kUtf8);
  screen.put(0, 0, "漢字", Style::kPlain, 4);
  screen.put(1, 0, "x", Style::kPlain, 4);
  EXPECT_EQ(line(screen), " x字");
  screen.put(2, 0, "y", Style::kPlain, 4);
  EXPECT_EQ(line(screen), " xy");
}

TEST(Screen, EscapesHaveAStyleOfTheirOwn) {
  Screen screen(8, 1, Charset::kUtf8);
  screen.put(0, 0, "a\nb", Style::kStrong, 8);
  EXPECT_EQ(line(screen), "a\\nb");
  EXPECT_EQ(screen.styles(), "sees\n");
}

TEST(Screen, FieldsElideTheEndOrTheStart) {
  Screen screen(20, 1, Charset::kUtf8);
  screen.put_field(0, 0, 5, "abcdefgh", Style::kPlain);
  screen.put_field(6, 0, 5, "abcdefgh", Style::kPlain, Align::kLeft,
                   Elide::kStart);
  screen.put_field(12, 0, 5, "7", Style::kPlain, Align::kRight);
  EXPECT_EQ(line(screen), "abcd… …efgh     7");
}

TEST(Screen, AFieldOfAMegabyteCostsAField) {
  Screen screen(20, 1, Charset::kUtf8);
  const std::string huge = std::string(1 << 20, '\x1b') + "end";
  for (int i = 0; i < 1000; ++i) {
    screen.put_field(0, 0, 10, huge, Style::kPlain, Align::kLeft,
                     Elide::kStart);
  }
  EXPECT_EQ(line(screen), "…\\x1bend");
}

TEST(Screen, SelectionShowsInTheMapOfStyles) {
  Screen screen(4, 2, Charset::kUtf8);
  screen.put(0, 1, "ab", Style::kBad, 4);
  screen.select(1, 1, 2);
  EXPECT_EQ(screen.styles(), "\nx##\n");
}

}  // namespace
}  // namespace vestige::tui
