// SPDX-License-Identifier: Apache-2.0
#include "tui/text_width.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace vestige::tui {
namespace {

std::string shown(std::string_view bytes, Charset charset = Charset::kUtf8) {
  return printable(bytes, charset, 1 << 20);
}

TEST(TextWidth, OrdinaryTextStaysAsItIs) {
  EXPECT_EQ(shown("/etc/passwd"), "/etc/passwd");
  EXPECT_EQ(shown("été 漢字"), "été 漢字");
}

TEST(TextWidth, ControlCharactersBecomeEscapes) {
  EXPECT_EQ(shown("\x1b[31m\n\t\r\x7f"), "\\x1b[31m\\n\\t\\r\\x7f");
  EXPECT_EQ(shown(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(shown("\xc2\x9b"
                  "2J"),
            "\\u{9b}2J");  // CSI in one character
}

TEST(TextWidth, WhatTurnsOrHidesTextBecomesEscapes) {
  EXPECT_EQ(shown("\xe2\x80\xae"), "\\u{202e}");  // right-to-left override
  EXPECT_EQ(shown("\xe2\x81\xa6"), "\\u{2066}");  // isolate
  EXPECT_EQ(shown("\xe2\x80\x8b"), "\\u{200b}");  // zero width space
  EXPECT_EQ(shown("\xd7\x90"), "\\u{5d0}");       // a right-to-left letter
  EXPECT_EQ(shown("\xe2\x80\xa8"), "\\u{2028}");  // line separator
  EXPECT_EQ(shown("\xef\xb8\x8f"), "\\u{fe0f}");  // variation selector
}

TEST(TextWidth, InvalidUtf8BecomesEscapesByteByByte) {
  EXPECT_EQ(shown("a\xff\xfe"
                  "b"),
            "a\\xff\\xfeb");
  EXPECT_EQ(shown("\xe6\xbc"), "\\xe6\\xbc");           // cut off
  EXPECT_EQ(shown("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(shown("\xc0\xaf"), "\\xc0\\xaf");           // overlong
}

TEST(TextWidth, WideCharactersTakeTwoColumns) {
  EXPECT_EQ(text_columns("漢字", Charset::kUtf8, 100), 4);
  EXPECT_EQ(text_columns("💀", Charset::kUtf8, 100), 2);
}

TEST(TextWidth, CombiningMarksTakeNoneAndDoNotPileUp) {
  EXPECT_EQ(text_columns("e\xcc\x81", Charset::kUtf8, 100), 1);
  std::string pile = "e";
  for (int i = 0; i < 1000; ++i) pile += "\xcc\x81";
  EXPECT_GT(text_columns(pile, Charset::kUtf8, 100'000), 900);
}

TEST(TextWidth, AsciiTerminalsGetAsciiOnly) {
  for (const char letter : shown("é漢\x1b", Charset::kAscii)) {
    EXPECT_GE(letter, ' ');
    EXPECT_LT(letter, 0x7f);
  }
}

TEST(TextWidth, CountingStopsAtTheLimit) {
  const std::string huge(64 << 20, 'a');
  EXPECT_EQ(text_columns(huge, Charset::kUtf8, 80), 81);
}

TEST(TextWidth, TheTailIsCutBetweenCharacters) {
  EXPECT_EQ(tail_that_fits("abc漢字", Charset::kUtf8, 3), "字");
  EXPECT_EQ(tail_that_fits("abc漢字", Charset::kUtf8, 4), "漢字");
  EXPECT_EQ(tail_that_fits("abc", Charset::kUtf8, 0), "");
  const std::string huge = std::string(1 << 20, 'a') + "end";
  EXPECT_EQ(tail_that_fits(huge, Charset::kUtf8, 5), "aaend");
}

// Whatever comes in, only drawable characters come out, and the columns told
// are those of what comes out.
TEST(TextWidth, RandomBytesAreAlwaysPrintable) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (int i = 0; i < 40; ++i) bytes += static_cast<char>(random());
    for (const Charset charset : {Charset::kAscii, Charset::kUtf8}) {
      const std::string text = shown(bytes, charset);
      ASSERT_EQ(shown(text, charset), text);
      ASSERT_EQ(text_columns(text, charset, 10'000),
                text_columns(bytes, charset, 10'000));
      for (const char letter : text) {
        ASSERT_FALSE(static_cast<uint8_t>(letter) < 0x20);
      }
    }
  }
}

}  // namespace
}  // namespace vestige::tui
