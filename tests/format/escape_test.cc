// SPDX-License-Identifier: Apache-2.0
#include "format/escape.h"

#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>

namespace vestige {
namespace {

using namespace std::string_view_literals;

TEST(Escape, LeavesPrintableTextAlone) {
  EXPECT_EQ(escaped("/etc/passwd"), "/etc/passwd");
  EXPECT_EQ(escaped("grüße 日本 😀"), "grüße 日本 😀");
  EXPECT_EQ(escaped(""), "");
}

TEST(Escape, DisarmsTerminalSequences) {
  EXPECT_EQ(escaped("\x1b]0;pwned\x07"), "\\x1b]0;pwned\\x07");
  EXPECT_EQ(escaped("a\nb\tc\rd\x7f"), "a\\nb\\tc\\rd\\x7f");
  EXPECT_EQ(escaped("\xc2\x9b"
                    "31m"),
            "\\u{9b}31m");  // one-byte CSI as UTF-8
  EXPECT_EQ(escaped("\x9b"
                    "31m"),
            "\\x9b31m");  // and as a raw byte
  EXPECT_EQ(escaped("nul\0nul"sv), "nul\\x00nul");
}

TEST(Escape, ShowsTextThatDeceivesTheEye) {
  EXPECT_EQ(escaped("txt\u202Egnp.exe"), "txt\\u{202e}gnp.exe");
  EXPECT_EQ(escaped("a\u200Bb"), "a\\u{200b}b");
  EXPECT_EQ(escaped("a\u2028b"), "a\\u{2028}b");
  EXPECT_EQ(escaped("\uFEFFx"), "\\u{feff}x");
}

TEST(Escape, WritesBytesThatAreNotUtf8InHex) {
  EXPECT_EQ(escaped("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(escaped("\xc0\xaf"), "\\xc0\\xaf");           // overlong '/'
  EXPECT_EQ(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(escaped("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(escaped("\xe2\x82"), "\\xe2\\x82");  // cut short
}

TEST(Escape, QuotesAndMarksWhatWasCut) {
  EXPECT_EQ(quoted("say \"hi\"\\"), R"("say \"hi\"\\")");
  EXPECT_EQ(quoted("abc", true), "\"abc\"...");
}

std::string random_bytes(std::mt19937& random) {
  static constexpr std::string_view kNasty[] = {
      "\x1b",    "\n",       "\\",
      "\"",      "\xc2\x9b", "\xe2\x80\xae",
      "\xff",    "x1b",      "\xf0\x9f\x98\x80",
      "u{202e}", "a",        "\xe2",
      "\x80",    "\0"sv};
  std::string out;
  for (size_t i = random() % 12; i > 0; --i)
    out += kNasty[random() % std::size(kNasty)];
  return out;
}

bool is_harmless(std::string_view text) {
  for (const char c : text)
    if (uint8_t(c) < 0x20 || c == 0x7f) return false;
  return text.find("\xc2\x9b") == text.npos &&
         text.find("\xe2\x80\xae") == text.npos;
}

TEST(Escape, IsHarmlessReversibleAndUtf8ForAnyBytes) {
  std::mt19937 random(7);
  std::map<std::string, std::string> seen;
  for (int i = 0; i < 20000; ++i) {
    const std::string bytes = random_bytes(random);
    const std::string text = escaped(bytes);
    EXPECT_TRUE(is_harmless(text)) << text;
    EXPECT_EQ(to_utf8(text), text) << "not UTF-8";
    const auto [at, is_new] = seen.emplace(text, bytes);
    EXPECT_EQ(at->second, bytes) << "two inputs give " << text;
  }
}

TEST(Escape, MakesJsonThatParsesBackAndIsHarmless) {
  std::mt19937 random(8);
  for (int i = 0; i < 20000; ++i) {
    const std::string bytes = random_bytes(random);
    std::string json;
    append_json(json, bytes);
    EXPECT_TRUE(is_harmless(json)) << json;
    const auto parsed = nlohmann::json::parse(json, nullptr, false);
    ASSERT_TRUE(parsed.is_string()) << json;
    EXPECT_EQ(parsed.get<std::string>(), to_utf8(bytes));
  }
  std::string json;
  append_json(json, "\U000E0041\"\n");
  EXPECT_EQ(json, R"("\udb40\udc41\"\n")");
}

}  // namespace
}  // namespace vestige
