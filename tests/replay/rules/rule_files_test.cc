// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/rule_files.h"

#include <filesystem>
#include <fstream>

#include "replay/filter/filter.h"
#include "tests/replay/rules/run_rules.h"

namespace vestige {
namespace {

using testing::ElementsAre;

constexpr char kRules[] =
    "- rule: Opened by sh\n  desc: a shell opened a file\n"
    "  condition: evt.type=openat and proc.name=sh\n"
    "  output: opened %fd.name\n"
    "  priority: WARNING\n  tags: [mitre_execution, T1059.004]\n"
    "- sequence: Opened and removed\n  desc: both by one process\n"
    "  within: 1h\n  steps:\n"
    "    - condition: evt.type=openat\n    - condition: evt.type=unlink\n"
    "  output: removed %fs.path.name\n  priority: CRITICAL\n";

TraceBuilder story() {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).exec(2, {"/bin/sh"});
  trace.open(2, "/tmp/x", 3).unlink(2, "/tmp/x");
  return trace;
}

// Messages of the findings that a filter lets through.
std::vector<std::string> messages(const std::string& filter) {
  RuleSet rules = rules_of(kRules);
  TraceBuilder trace = story();
  auto where = filter::Filter::compile(filter);
  EXPECT_TRUE(where) << where.error().message;
  RuleSelection selection;
  selection.where = std::make_shared<filter::Filter>(std::move(*where));
  std::vector<std::string> out;
  for (const Found& found : run_rules(rules, trace, selection))
    out.push_back(found.message);
  return out;
}

TEST(RuleFiles, OfAFolderAreReadByName) {
  const std::filesystem::path folder = temporary_trace();
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "b.yaml") << "- list: b\n  items: [x]\n";
  std::ofstream(folder / "a.yml") << "- list: a\n  items: [x]\n";
  std::ofstream(folder / "c.txt") << "no rules";
  const auto rules = load_rules({folder});
  ASSERT_TRUE(rules);
  std::vector<std::string> names;
  for (const LoadReport& report : rules->reports())
    names.push_back(std::filesystem::path(report.file).filename());
  EXPECT_THAT(names, ElementsAre("a.yml", "b.yaml"));
  std::filesystem::remove_all(folder);
}

TEST(RuleFiles, ThatAreNotThereAreAnError) {
  EXPECT_EQ(load_rules({"/nowhere.yaml"}).error().kind, ErrorKind::kSystem);
  EXPECT_EQ(load_rules({}).error().kind, ErrorKind::kUsage);
}

TEST(RuleFiles, FindWhatOutlivesTheRun) {
  RuleSet rules = rules_of(kRules);
  TraceBuilder trace = story();
  const std::string path = save(trace);
  const auto found = find_all(path, rules);
  std::filesystem::remove(path);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->all.size(), 2u);
  EXPECT_EQ(found->total, 2u);
  const Finding& opened = found->all[0];
  EXPECT_EQ(opened.rule->name, "Opened by sh");
  EXPECT_EQ(opened.message, "opened /tmp/x");
  EXPECT_EQ(opened.event_number, 3u);
  EXPECT_EQ(opened.chain[0].pid, 2u);
  EXPECT_EQ(opened.header->host_name, "node1");
  EXPECT_NE(opened.process, ProcessId::kNone);
  EXPECT_EQ(found->all[1].earlier.size(), 1u);
}

TEST(RuleFiles, GiveUpWhenToldSo) {
  RuleSet rules = rules_of(kRules);
  TraceBuilder trace;
  trace.process(1).fork(1, 2);
  for (int i = 0; i < 70'000; ++i) trace.call(2, "getpid", {}, 2);
  const std::string path = save(trace);
  const auto found = find_all(path, rules, {}, [](uint64_t) { return false; });
  std::filesystem::remove(path);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kUsage);
}

TEST(FindingFields, AreFilteredLikeThoseOfTheEvent) {
  EXPECT_THAT(messages("finding.severity <= 2"), ElementsAre("removed /tmp/x"));
  EXPECT_THAT(messages("finding.priority = Warning"),
              ElementsAre("opened /tmp/x"));
  EXPECT_THAT(messages("finding.techniques contains T1059"),
              ElementsAre("opened /tmp/x"));
  EXPECT_THAT(messages("finding.tactics = Execution and fd.name = /tmp/x"),
              ElementsAre("opened /tmp/x"));
  EXPECT_THAT(messages("finding.message startswith removed"),
              ElementsAre("removed /tmp/x"));
  EXPECT_EQ(messages("proc.name = sh").size(), 2u);
  EXPECT_EQ(messages("finding.suppressed exists").size(), 0u);
  EXPECT_EQ(messages("not finding.rule exists").size(), 0u);
}

TEST(FindingFields, SayWhyWhenAsked) {
  RuleSet rules = rules_of(kRules);
  TraceBuilder trace = story();
  RuleSelection selection{.explains = true};
  auto where = filter::Filter::compile("finding.why contains 'proc.name=sh'");
  selection.where = std::make_shared<filter::Filter>(std::move(*where));
  EXPECT_EQ(run_rules(rules, trace, selection).size(), 1u);
}

}  // namespace
}  // namespace vestige
