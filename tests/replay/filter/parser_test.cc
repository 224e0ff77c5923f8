// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/parser.h"

#include <gmock/gmock.h>

#include <random>

#include "replay/filter/suggest.h"
#include "tests/replay/filter/views.h"

namespace vestige::filter {
namespace {

using ::testing::HasSubstr;

// The structure in prefix form: (and A (not B)).
std::string operand_text(const Operand& operand);

std::string list_text(const std::vector<Operand>& items) {
  std::string out;
  for (const Operand& item : items)
    out += (out.empty() ? "" : " ") + operand_text(item);
  return out;
}

std::string operand_text(const Operand& operand) {
  switch (operand.kind) {
    case Operand::Kind::kField:
      return operand.text +
             (operand.argument ? "[" + *operand.argument + "]" : "");
    case Operand::Kind::kTransformer:
      return std::string(transformer_text(operand.transformer)) + "(" +
             list_text(operand.arguments) + ")";
    case Operand::Kind::kText: return "'" + operand.text + "'";
    case Operand::Kind::kList: return "{" + list_text(operand.arguments) + "}";
    case Operand::Kind::kNone: return "-";
  }
  return "";
}

std::string text_of(const Expression& e) {
  std::string out;
  switch (e.kind) {
    case Expression::Kind::kMacro: return e.macro;
    case Expression::Kind::kCheck:
      return "[" + operand_text(e.check.left) + " " +
             std::string(operand_text(e.check.right)) + "]";
    case Expression::Kind::kAnd: out = "(and"; break;
    case Expression::Kind::kOr: out = "(or"; break;
    case Expression::Kind::kNot: out = "(not"; break;
  }
  for (const Expression& child : e.children) out += " " + text_of(child);
  return out + ")";
}

std::string parsed(std::string_view text) {
  auto expression = parse(text);
  return expression ? text_of(*expression) : expression.error().message;
}

TEST(FilterParser, BindsNotBeforeAndBeforeOr) {
  EXPECT_EQ(parsed("a or b and not c"), "(or a (and b (not c)))");
  EXPECT_EQ(parsed("(a or b) and c"), "(and (or a b) c)");
  EXPECT_EQ(parsed("not(a)and(b)or(c)"), "(or (and (not a) b) c)");
  EXPECT_EQ(parsed("not not a"), "a");
  EXPECT_EQ(parsed(" not  not\tnot a\n"), "(not a)");
}

TEST(FilterParser, TakesEveryOperator) {
  for (const char* text : {"proc.name exists",
                           "evt.num <= 1",
                           "evt.num < 1",
                           "evt.num >= 1",
                           "evt.num > 1",
                           "proc.name = a",
                           "proc.name == a",
                           "proc.name != a",
                           "proc.name glob a*",
                           "proc.name iglob A*",
                           "proc.name contains a",
                           "proc.name icontains a",
                           "evt.buffer bcontains cafe",
                           "proc.name startswith a",
                           "evt.buffer bstartswith 00",
                           "proc.name endswith a",
                           "proc.name regex a+",
                           "proc.name in (a, b)",
                           "proc.name intersects (a)",
                           "fd.name pmatch (/a, /b)"})
    EXPECT_TRUE(parse(text)) << text;
}

TEST(FilterParser, NeedsNoBlanksAroundSymbols) {
  EXPECT_EQ(parsed("proc.name=cat"), "[proc.name 'cat']");
  EXPECT_EQ(parsed("evt.num>=5"), "[evt.num '5']");
  EXPECT_EQ(parsed("evt.rawres!=-2"), "[evt.rawres '-2']");
}

TEST(FilterParser, TakesValuesBareAndQuoted) {
  EXPECT_EQ(parsed("fd.name = /etc/pass*wd"), "[fd.name '/etc/pass*wd']");
  EXPECT_EQ(parsed(R"x(proc.args = "a \"b\" \\ (c)")x"),
            R"x([proc.args 'a "b" \ (c)'])x");
  EXPECT_EQ(parsed(R"(proc.args regex '^\d+$')"), R"([proc.args '^\d+$'])");
  EXPECT_EQ(parsed(R"(proc.args = "\x41\n")"), "[proc.args 'A\n']");
  EXPECT_EQ(parsed("proc.name = ''"), "[proc.name '']");
}

TEST(FilterParser, TakesArgumentsListsAndFunctions) {
  EXPECT_EQ(parsed("proc.aname[2] = bash"), "[proc.aname[2] 'bash']");
  EXPECT_EQ(parsed("proc.env[\"A]B\"] exists"), "[proc.env[A]B] -]");
  EXPECT_EQ(parsed("proc.name in (a,'b c' , \"d\")"),
            "[proc.name {'a' 'b c' 'd'}]");
  EXPECT_EQ(parsed("proc.name in ()"), "[proc.name {}]");
  EXPECT_EQ(parsed("tolower(toupper(proc.name)) = val(proc.pname)"),
            "[tolower(toupper(proc.name)) val(proc.pname)]");
  EXPECT_EQ(parsed("concat(proc.name, '-', proc.pname) = x"),
            "[concat(proc.name '-' proc.pname) 'x']");
  EXPECT_EQ(parsed("proc.name startswith anyof (a, b)"),
            "[proc.name {'a' 'b'}]");
  EXPECT_EQ(parsed("proc.name = anyof"), "[proc.name 'anyof']");
  EXPECT_EQ(parsed("len(proc.args) > 5 and m"), "(and [len(proc.args) '5'] m)");
}

TEST(FilterParser, PointsAtTheMistake) {
  EXPECT_EQ(parsed("proc.name = cat adn evt.num > 5"),
            "filter: expected 'and', 'or' or the end of the filter\n"
            "  proc.name = cat adn evt.num > 5\n"
            "                  ^^^");
  EXPECT_THAT(parsed("proc.name contians x"),
              HasSubstr("did you mean 'contains'?"));
  EXPECT_THAT(parsed("tolowr(proc.name) = x"),
              HasSubstr("no function 'tolowr': did you mean 'tolower'?"));
  EXPECT_THAT(parsed("(proc.name = a"), HasSubstr("expected ')'"));
  EXPECT_THAT(parsed("proc.name = \"a"), HasSubstr("a quote is not closed"));
  EXPECT_THAT(parsed("proc.name ="), HasSubstr("expected a value"));
  EXPECT_THAT(parsed("proc.name in (a"), HasSubstr("expected ',' or ')'"));
  EXPECT_THAT(parsed("and"), HasSubstr("expected a field"));
  EXPECT_THAT(parsed("a and or b"), HasSubstr("expected a field"));
  EXPECT_THAT(parsed(""), HasSubstr("expected a field"));
  EXPECT_THAT(parsed("len(a.b, c.d) = 1"), HasSubstr("takes 1 to 1"));
}

TEST(FilterParser, ShowsTheLineOfTheMistakeOnly) {
  EXPECT_EQ(parsed("proc.name = a and\n  proc.name ~ b\nand x"),
            "filter: expected an operator\n    proc.name ~ b\n"
            "              ^");
}

TEST(FilterParser, NeverShowsControlCharactersOfTheFilter) {
  const std::string message = parsed("proc.name = \x1b[31m \x1b[0m");
  EXPECT_EQ(message.find('\x1b'), std::string::npos) << message;
}

TEST(FilterParser, RefusesDeepNestingInsteadOfCrashing) {
  EXPECT_THAT(parsed(std::string(100'000, '(')), HasSubstr("too many nested"));
  std::string calls;
  for (int i = 0; i < 100'000; ++i) calls += "tolower(";
  EXPECT_THAT(parsed(calls + "proc.name"), HasSubstr("too many nested"));
  std::string negated;
  for (int i = 0; i < 100'000; ++i) negated += "not ";
  EXPECT_TRUE(parse(negated + "a"));
  EXPECT_TRUE(parse("((((((((((a))))))))))"));
}

TEST(FilterParser, TakesChainsOfAnyLength) {
  std::string text = "a";
  for (int i = 0; i < 50'000; ++i) text += " or a";
  auto expression = parse(text);
  ASSERT_TRUE(expression);
  EXPECT_EQ(expression->children.size(), 50'001u);
  std::string list = "proc.name in (x";
  for (int i = 0; i < 200'000; ++i) list += ",y";
  EXPECT_TRUE(parse(list + ")"));
  EXPECT_FALSE(parse(std::string(kMaxFilterBytes + 1, ' ')));
}

// Whatever is typed, the answer is a structure or three printable lines.
TEST(FilterParser, AnswersAnyTokensInAnyOrder) {
  static constexpr std::string_view kTokens[] = {
      "proc.name", "evt.num", "=",        "!=",  "in",  "(",  ")",
      ",",         "and",     "or",       "not", "'a'", "\"", "\\",
      "exists",    "val(",    "[",        "]",   "1",   "\n", "anyof",
      "contains",  "\x80",    "tolower(", " "};
  std::mt19937 random(5);
  for (int i = 0; i < 30'000; ++i) {
    std::string text;
    for (size_t n = random() % 14; n > 0; --n) {
      text += kTokens[random() % std::size(kTokens)];
      if (random() % 2) text += ' ';
    }
    const auto expression = parse(text);
    if (expression) continue;
    for (const char c : expression.error().message)
      ASSERT_TRUE(uint8_t(c) >= 0x20 || c == '\n') << text;
  }
}

TEST(Suggest, MeasuresHowFarWordsAreApart) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("abc", "abc"), 0u);
  EXPECT_EQ(edit_distance("abc", "acb"), 1u);  // swapped
  EXPECT_EQ(edit_distance("abc", "ab"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance(std::string(100, 'a'), "a"), 100u);
}

}  // namespace
}  // namespace vestige::filter
