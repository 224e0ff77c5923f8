// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/rule_set.h"

#include <gmock/gmock.h>

namespace vestige {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kTail[] = "  desc: d\n  output: o\n  priority: INFO\n";

std::vector<std::string> problems(const std::vector<std::string>& texts) {
  RuleSet rules;
  for (const std::string& text : texts) rules.add_text("r.yaml", text);
  std::vector<std::string> out;
  for (const LoadReport& report : rules.reports()) {
    for (const auto* list : {&report.errors, &report.warnings}) {
      for (const LoadProblem& problem : *list)
        out.push_back(std::string(info(problem.code).code) + ": " +
                      problem.message);
    }
  }
  return out;
}

std::string rule(const std::string& condition, const std::string& more = "") {
  return "- rule: r\n  condition: " + condition + "\n" + kTail + more;
}

TEST(RuleSet, CompilesWhatIsRight) {
  RuleSet rules;
  rules.add_text("r.yaml",
                 "- {list: l, items: [a]}\n"
                 "- {macro: m, condition: proc.name in (l)}\n" +
                     rule("evt.type=open and m"));
  EXPECT_TRUE(rules.is_valid());
  ASSERT_EQ(rules.rules().size(), 1u);
  EXPECT_THAT(rules.rules()[0].condition.types.names, ElementsAre("open"));
}

TEST(RuleSet, RefusesConditionsThatDoNotParse) {
  EXPECT_THAT(problems({rule("evt.type=open bar")}),
              ElementsAre(HasSubstr("LOAD_ERR_COMPILE_CONDITION: ")));
  EXPECT_THAT(problems({"- {macro: m, condition: evt.type=open foo}\n"}),
              testing::Contains(HasSubstr("LOAD_ERR_COMPILE_CONDITION: ")));
}

TEST(RuleSet, RefusesUndefinedMacros) {
  EXPECT_THAT(problems({rule("evt.type=open and foo")}),
              ElementsAre("LOAD_ERR_VALIDATE: Undefined macro 'foo' used in "
                          "filter."));
  // A macro sees only those defined before it.
  EXPECT_THAT(problems({"- {macro: a, condition: b}\n"
                        "- {macro: b, condition: evt.type=open}\n"}),
              testing::Contains("LOAD_ERR_VALIDATE: Undefined macro 'b' used "
                                "in filter."));
}

TEST(RuleSet, RefusesUnknownFieldsUnlessTheRuleAllowsThem) {
  EXPECT_THAT(problems({rule("evt.type=open and proc.nobody=x")}),
              ElementsAre(HasSubstr("LOAD_ERR_COMPILE_CONDITION: unknown "
                                    "field proc.nobody")));
  EXPECT_THAT(problems({rule("evt.type=open and proc.nobody=x",
                             "  skip-if-unknown-filter: true\n")}),
              ElementsAre(HasSubstr("LOAD_UNKNOWN_FILTER: ")));
  EXPECT_THAT(problems({rule("evt.type=opened")}),
              ElementsAre("LOAD_ERR_COMPILE_CONDITION: unknown event type "
                          "opened"));
  EXPECT_THAT(problems({"- rule: r\n  condition: evt.type=open\n  desc: d\n"
                        "  output: a %not_a_real_field b\n  priority: INFO\n"}),
              ElementsAre("LOAD_ERR_COMPILE_OUTPUT: invalid formatting token "
                          "not_a_real_field"));
}

TEST(RuleSet, WarnsOfWhatNobodyUses) {
  EXPECT_THAT(problems({"- {list: l, items: [a]}\n"
                        "- {macro: m, condition: evt.type=open}\n"}),
              ElementsAre("LOAD_UNUSED_MACRO: Macro not referred to by any "
                          "other rule/macro",
                          "LOAD_UNUSED_LIST: List not referred to by any other "
                          "rule/macro"));
}

TEST(RuleSet, WarnsOfRulesForAllEvents) {
  EXPECT_THAT(problems({rule("proc.name=x")}),
              ElementsAre(HasSubstr("LOAD_NO_EVTTYPE: ")));
  EXPECT_THAT(problems({rule("evt.type!=open")}),
              ElementsAre(HasSubstr("LOAD_NO_EVTTYPE: ")));
  EXPECT_THAT(problems({rule("proc.name=x", "  warn_evttypes: false\n")}),
              IsEmpty());
}

TEST(RuleSet, SaysEachWarningOnce) {
  const std::string list = "- {list: l, items: [a]}\n";
  EXPECT_EQ(problems({list, rule("evt.type=open")}).size(), 1u);
}

TEST(RuleSet, StopsMacroBombs) {
  std::string text = "- {macro: m0, condition: evt.type=open}\n";
  for (int i = 1; i < 40; ++i) {
    const std::string below = "m" + std::to_string(i - 1);
    text += "- {macro: m" + std::to_string(i) + ", condition: " + below +
            " or " + below + "}\n";
  }
  EXPECT_THAT(problems({text + rule("m39")}),
              testing::Contains(HasSubstr("LOAD_ERR_COMPILE_CONDITION: ")));
}

TEST(RuleSet, CompilesSequences) {
  RuleSet rules;
  rules.add_text("s.yaml",
                 "- sequence: s\n  within: 1m\n" + std::string(kTail) +
                     "  steps:\n"
                     "  - {condition: evt.type=open, key: fd.name}\n"
                     "  - {condition: evt.type=close, key: fd.nme}\n");
  ASSERT_EQ(rules.reports()[0].errors.size(), 1u);
  EXPECT_EQ(rules.reports()[0].errors[0].message,
            "invalid formatting token fd.nme");
}

}  // namespace
}  // namespace vestige
