// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/suppressions.h"

#include "tests/replay/rules/run_rules.h"

namespace vestige {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kDay = 86'400'000'000'000;
constexpr int64_t k2026June1 = 20605 * kDay;

Result<Suppressions> parse(const std::string& text) {
  return Suppressions::parse("known.yaml", text, k2026June1, {});
}

constexpr char kRule[] =
    "- rule: Opened\n  desc: d\n  condition: evt.type=openat\n"
    "  output: opened %fd.name\n  priority: INFO\n";

TEST(Suppressions, MarkFindingsWithTheirReason) {
  RuleSet rules = rules_of(kRule);
  TraceBuilder trace;
  trace.process(1).open(1, "/a", 3).open(1, "/b", 4);
  auto known = parse(
      "- {rule: Opened, when: fd.name=/a, reason: it is ours}\n"
      "- {rule: Other, reason: no}\n");
  ASSERT_TRUE(known) << known.error().message;
  const auto found = run_rules(rules, trace, {}, std::move(*known));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].suppressed, "it is ours");
  EXPECT_EQ(found[1].suppressed, "");
  EXPECT_THAT(found[0].json, HasSubstr("\"suppressed\":\"it is ours\""));
}

TEST(Suppressions, Expire) {
  auto known = parse(
      "- {rule: A, reason: r, expires: 2026-05-31}\n"
      "- {rule: B, reason: r, expires: 2026-06-01}\n");
  ASSERT_TRUE(known) << known.error().message;
  EXPECT_THAT(known->expired(), ElementsAre("A: expired on 2026-05-31"));
}

TEST(Suppressions, TellWhereTheyAreWrong) {
  const auto error = [](const std::string& text) {
    const auto known = parse(text);
    return known ? "fine" : known.error().message;
  };
  EXPECT_EQ(error("- {rule: A}"), "known.yaml:1:3: needs a rule and a reason");
  EXPECT_THAT(error("- {rule: A, reason: r, expires: soon}"),
              HasSubstr("must be a day"));
  EXPECT_THAT(error("- {rule: A, reason: r, expires: 2026-02-30}"),
              HasSubstr("must be a day"));
  EXPECT_THAT(error("- {rule: A, reason: r, when: proc.nme=x}"),
              HasSubstr("unknown field proc.nme"));
  EXPECT_THAT(error("a: b"), HasSubstr("must be a list"));
  EXPECT_THAT(error("- {rule: [A], reason: r}"), HasSubstr("must be a text"));
  EXPECT_THAT(error("- [a]"), HasSubstr("needs a rule"));
}

}  // namespace
}  // namespace vestige
