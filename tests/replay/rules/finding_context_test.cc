// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/finding_context.h"

#include <filesystem>

#include "replay/rules/rule_files.h"
#include "tests/replay/rules/run_rules.h"

namespace vestige {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kRules[] =
    "- rule: Shadow read\n  desc: it is secret\n"
    "  condition: evt.type=openat and fd.name=/etc/shadow\n"
    "  output: read\n  priority: WARNING\n"
    "- rule: Shadow read again\n  desc: said twice\n"
    "  condition: evt.type=openat and fd.name=/etc/shadow\n"
    "  output: read\n  priority: WARNING\n";

// Two processes whose events lie between each other.
TraceBuilder story() {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).fork(1, 3);
  trace.open(2, "/a", 3).open(3, "/b", 3).close(2, 3).read(3, 3, 10);
  trace.open(2, "/etc/shadow", 4).close(3, 3);
  trace.read(2, 4, 100).write(2, 1, 100).close(2, 4);
  return trace;
}

std::vector<Finding> with_context(size_t count) {
  static RuleSet* const rules = new RuleSet(rules_of(kRules));
  TraceBuilder trace = story();
  const std::string path = save(trace);
  auto found = find_all(path, *rules);
  EXPECT_TRUE(found);
  EXPECT_TRUE(add_context(path, count, found->all));
  std::filesystem::remove(path);
  return std::move(found->all);
}

std::vector<std::string> texts(const std::vector<ContextEvent>& events) {
  std::vector<std::string> out;
  for (const ContextEvent& event : events) out.push_back(event.text);
  return out;
}

TEST(FindingContext, IsWhatTheSameProcessDidBeforeAndAfter) {
  for (const Finding& finding : with_context(2)) {
    EXPECT_THAT(texts(finding.before),
                ElementsAre(HasSubstr("openat"), HasSubstr("close(3")));
    EXPECT_THAT(texts(finding.after),
                ElementsAre(HasSubstr("read(4"), HasSubstr("write(1")));
    EXPECT_THAT(finding.event_text, HasSubstr("/etc/shadow"));
  }
}

TEST(FindingContext, IsAddedToEveryFindingOfAnEvent) {
  const auto found = with_context(1);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].after.size(), 1u);
  EXPECT_EQ(found[1].after.size(), 1u);
}

TEST(FindingContext, EndsWithTheTrace) {
  for (const Finding& finding : with_context(100))
    EXPECT_EQ(finding.after.size(), 3u);
}

TEST(FindingContext, IsShownAroundTheEvent) {
  const std::string text = context_text(with_context(1)[0]);
  EXPECT_THAT(text, HasSubstr("         -2.0 us  close(3"));
  EXPECT_THAT(text, HasSubstr("  >         +0.0 us  openat("));
  EXPECT_THAT(text, HasSubstr("read(4"));
}

TEST(FindingContext, IsNotThereUnlessAskedFor) {
  for (const Finding& finding : with_context(0))
    EXPECT_TRUE(finding.before.empty() && finding.after.empty());
}

}  // namespace
}  // namespace vestige
