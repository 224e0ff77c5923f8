// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/condition_text.h"

#include <gmock/gmock.h>

#include "tests/replay/rules/load_rules.h"

namespace vestige {
namespace {

std::string substitute(const std::string& lists, std::string_view condition) {
  const Loaded loaded = load({lists});
  EXPECT_THAT(loaded.errors(), testing::IsEmpty());
  return ListTexts(loaded.rules.lists())
      .substitute(condition)
      .value_or("too large");
}

TEST(ListTexts, ReplaceNamesThatStandAlone) {
  const std::string list = "- {list: my_list, items: [a, b]}";
  EXPECT_EQ(substitute(list, "x in (my_list)"), "x in (a, b)");
  EXPECT_EQ(substitute(list, "x in (c, my_list, d)"), "x in (c, a, b, d)");
  EXPECT_EQ(substitute(list, "x=my_list"), "x=a, b");
  EXPECT_EQ(substitute(list, "x= my_list or y=1"), "x= a, b or y=1");
}

TEST(ListTexts, LeaveLongerWordsAndQuotedTextAlone) {
  const std::string list = "- {list: my_list, items: [a]}";
  EXPECT_EQ(substitute(list, "x in (file_my_list)"), "x in (file_my_list)");
  EXPECT_EQ(substitute(list, "x=my_list_2"), "x=my_list_2");
  EXPECT_EQ(substitute(list, "x=\"my_list, my_list\""),
            "x=\"my_list, my_list\"");
  EXPECT_EQ(substitute(list, "x='\\' my_list '"), "x='\\' my_list '");
}

TEST(ListTexts, QuoteItemsThatAreNotOneWord) {
  EXPECT_EQ(substitute("- {list: l, items: ['a b', '\"c d\"', '(e)', 'f\"g']}",
                       "x in (l)"),
            "x in (\"a b\", \"c d\", \"(e)\", 'f\"g')");
}

TEST(ListTexts, UnfoldListsOfListsAtAnyDepth) {
  EXPECT_EQ(substitute("- {list: a, items: [1]}\n"
                       "- {list: b, items: [a, 2]}\n"
                       "- {list: c, items: [b, 3, nothing]}\n",
                       "x in (c)"),
            "x in (1, 2, 3, nothing)");
}

TEST(ListTexts, SeeOnlyListsDefinedBefore) {
  EXPECT_EQ(substitute("- {list: a, items: [b]}\n- {list: b, items: [1]}\n",
                       "x in (a)"),
            "x in (b)");
}

TEST(ListTexts, UseTheLastWordOfAListTheyName) {
  EXPECT_EQ(substitute("- {list: a, items: [old]}\n"
                       "- {list: b, items: [a]}\n"
                       "- {list: a, items: [new]}\n",
                       "x in (b)"),
            "x in (new)");
}

TEST(ListTexts, SurviveListsThatNameEachOther) {
  EXPECT_EQ(substitute("- {list: a, items: [1]}\n"
                       "- {list: b, items: [a, 2]}\n"
                       "- {list: a, items: [b], override: {items: append}}\n",
                       "x in (a)"),
            "x in (1, a, 2)");
}

TEST(ListTexts, DropTheCommaOfAnEmptyList) {
  const std::string list = "- {list: none, items: []}";
  EXPECT_EQ(substitute(list, "x in (a, none)"), "x in (a)");
  EXPECT_EQ(substitute(list, "x in (none, a)"), "x in ( a)");
  EXPECT_EQ(substitute(list, "x in (a, none, b)"), "x in (a, b)");
  EXPECT_EQ(substitute(list, "x in (none)"), "x in ()");
}

TEST(ListTexts, AreBounded) {
  std::string bomb = "- {list: l0, items: [x, x, x, x, x, x, x, x, x, x]}\n";
  for (int i = 1; i < 12; ++i) {
    const std::string below = "l" + std::to_string(i - 1);
    bomb += "- {list: l" + std::to_string(i) + ", items: [" + below;
    for (int j = 0; j < 9; ++j) bomb += ", " + below;
    bomb += "]}\n";
  }
  const Loaded loaded = load({bomb});
  ListTexts texts(loaded.rules.lists());
  EXPECT_THAT(texts.oversized(), testing::Not(testing::IsEmpty()));

  const std::string wide =
      "- {list: w, items: [" + std::string(1000, 'x') + "]}";
  std::string condition = "a in (";
  for (int i = 0; i < 10'000; ++i) condition += "w,";
  EXPECT_EQ(substitute(wide, condition + "w)"), "too large");
}

std::string condition_with(const std::string& exceptions) {
  const Loaded loaded =
      load({"- rule: r\n  desc: d\n  condition: a=1\n  output: o\n"
            "  priority: INFO\n  exceptions:\n" +
            exceptions});
  EXPECT_THAT(loaded.errors(), testing::IsEmpty());
  const RuleItem* const rule = loaded.rules.rules().find("r");
  if (!rule) return "no rule";
  ExceptionFault fault;
  return with_exceptions(*rule, fault).value_or("fault: " + fault.message);
}

TEST(Exceptions, OfOneFieldAreOneList) {
  EXPECT_EQ(condition_with("  - name: e\n    fields: proc.name\n"
                           "    values: [cat, 'a b']\n"),
            "(a=1) and not (proc.name in (cat, \"a b\"))");
}

TEST(Exceptions, OfSeveralFieldsAreTuples) {
  EXPECT_EQ(condition_with("  - name: e\n    fields: [proc.name, fd.name]\n"
                           "    comps: [in, startswith]\n"
                           "    values:\n"
                           "    - [[a, b], /etc]\n"
                           "    - [c, /x y]\n"),
            "(a=1) and not ((proc.name in (a, b) and fd.name startswith /etc)"
            " or (proc.name in (c) and fd.name startswith \"/x y\"))");
}

TEST(Exceptions, CompareWithEqualsByDefault) {
  EXPECT_EQ(condition_with("  - name: e\n    fields: [proc.name, fd.name]\n"
                           "    values: [[a, b]]\n"),
            "(a=1) and not ((proc.name = a and fd.name = b))");
}

TEST(Exceptions, WithoutValuesChangeNothing) {
  EXPECT_EQ(condition_with("  - name: e\n    fields: proc.name\n"
                           "  - name: f\n    fields: [proc.name]\n"),
            "(a=1)");
}

TEST(Exceptions, NeedAValueForEachField) {
  EXPECT_EQ(condition_with("  - name: e\n    fields: [proc.name, fd.name]\n"
                           "    values: [[a]]\n"),
            "fault: Fields and values lists must have equal length");
  EXPECT_EQ(condition_with("  - name: e\n    fields: proc.name\n"
                           "    values: [[a]]\n"),
            "fault: Expected values array to contain a list of strings");
}

}  // namespace
}  // namespace vestige
