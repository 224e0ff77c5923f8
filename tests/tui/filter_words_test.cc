// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/tui/stories.h"
#include "tui/filter_words.h"

namespace vestige::tui {
namespace {

class FilterWords : public testing::Test {
 protected:
  FilterWords() {
    const std::string path = scratch_.path("x.vtrace");
    write_story("break_in", path);
    auto opened = Case::open(path);
    EXPECT_TRUE(opened) << opened.error().message;
    session_.emplace(
        std::make_shared<const LoadedCase>(std::move(opened).value()));
  }

  std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> all;
    for (const Choice& word : complete(*session_, text, text.size()).words) {
      all.push_back(word.text);
    }
    return all;
  }
  static bool has(const std::vector<std::string>& all, std::string_view word) {
    return std::ranges::find(all, word) != all.end();
  }

  ScratchDirectory scratch_;
  std::optional<Session> session_;
};

TEST_F(FilterWords, NamesOfFieldsComeFirst) {
  const auto all = words("proc.na");
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0], "proc.name");
  EXPECT_TRUE(has(words("fd.num = 3 and pname"), "proc.pname"));
  EXPECT_FALSE(has(words("user.log"), "user.loginuid"));  // never answered
}

TEST_F(FilterWords, OperatorsFollowAField) {
  EXPECT_TRUE(has(words("proc.name c"), "contains"));
  EXPECT_FALSE(has(words("proc.name c"), "proc.cwd"));
}

TEST_F(FilterWords, ValuesAreThoseOfTheCase) {
  EXPECT_TRUE(has(words("proc.name = "), "wget"));
  EXPECT_TRUE(has(words("proc.name=w"), "wget"));
  EXPECT_TRUE(has(words("evt.type in (openat, conn"), "connect"));
  EXPECT_TRUE(has(words("fd.name = /etc/sh"), "/etc/shadow"));
  EXPECT_TRUE(has(words("fd.ip = 203"), "203.0.113.9"));
  EXPECT_TRUE(has(words("evt.failed = "), "true"));
  EXPECT_TRUE(words("evt.cpu = ").empty());
}

TEST_F(FilterWords, TheWordToReplaceBeginsAfterTheSign) {
  EXPECT_EQ(complete(*session_, "proc.name=wg", 12).start, 10u);
  EXPECT_EQ(complete(*session_, "proc.name = \"a b", 16).start, 12u);
  EXPECT_EQ(complete(*session_, "proc.na", 7).start, 0u);
}

TEST_F(FilterWords, PlainWordsAreNoExpression) {
  EXPECT_FALSE(is_expression(""));
  EXPECT_FALSE(is_expression("update.sh"));
  EXPECT_FALSE(is_expression("tmp and more"));
  EXPECT_TRUE(is_expression("proc.name"));
  EXPECT_TRUE(is_expression("not fd.num exists"));
  EXPECT_TRUE(is_expression("a=b"));
}

// Whatever was captured: what is offered compiles, and means that value.
TEST_F(FilterWords, OfferedValuesAreFiltersForThemselves) {
  const std::string hostile[] = {"a b",     "x\"y",      "back\\slash",
                                 "\x1b[2J", "new\nline", "",
                                 "it's",    "\xff\xfe",  "(,)"};
  for (const std::string& value : hostile) {
    const auto filter =
        filter::Filter::compile("proc.name = " + quoted_value(value));
    EXPECT_TRUE(filter) << value << ": " << filter.error().message;
  }
}

TEST_F(FilterWords, EveryClauseOfEveryLineCompiles) {
  const Facts& facts = session_->data().facts();
  std::vector<Subject> subjects;
  for (const ProcessRow& row : facts.processes) subjects.emplace_back(row.id);
  for (const ConnectionRow& row : facts.connections) {
    subjects.emplace_back(row.id);
  }
  for (uint32_t i = 0; i < facts.files.size(); ++i) {
    subjects.emplace_back(FactRef{FactTable::kFiles, i});
  }
  size_t count = 0;
  for (const Subject& subject : subjects) {
    for (const std::string& clause : clauses(*session_, subject)) {
      EXPECT_TRUE(filter::Filter::compile(clause)) << clause;
      ++count;
    }
  }
  EXPECT_GT(count, 50u);
}

}  // namespace
}  // namespace vestige::tui
