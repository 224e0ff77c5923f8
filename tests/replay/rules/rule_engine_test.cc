// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/rule_engine.h"

#include <filesystem>

#include "tests/replay/rules/run_rules.h"

namespace vestige {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kRules[] =
    "- rule: Passwords read\n"
    "  desc: d\n"
    "  condition: evt.type in (open, openat) and fd.name=/etc/shadow\n"
    "  output: read %fd.name by %proc.name of %proc.pname[9]%%\n"
    "  priority: WARNING\n"
    "  tags: [T1003]\n"
    "- rule: Anything opened\n"
    "  desc: d\n"
    "  condition: evt.type in (open, openat)\n"
    "  output: opened %fd.name\n"
    "  priority: INFO\n"
    "  tags: [noise]\n"
    "- rule: Switched off\n"
    "  desc: d\n"
    "  condition: evt.type=openat\n"
    "  output: o\n"
    "  priority: INFO\n"
    "  enabled: false\n";

TraceBuilder two_files() {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).exec(2, {"/bin/cat", "/etc/shadow"});
  trace.open(2, "/etc/shadow", 3).open(2, "/etc/passwd", 4);
  return trace;
}

RuleSet rules_for_files() {
  std::string text = kRules;
  text.replace(text.find("[9]"), 3, "");
  return rules_of(text);
}

TEST(RuleEngine, FindsAllThatMatch) {
  RuleSet rules = rules_for_files();
  TraceBuilder trace = two_files();
  const auto found = run_rules(rules, trace);
  EXPECT_THAT(names(found), ElementsAre("Passwords read", "Anything opened",
                                        "Anything opened"));
  EXPECT_THAT(found[0].message, HasSubstr("read /etc/shadow by cat of "));
  EXPECT_EQ(found[2].message, "opened /etc/passwd");
  EXPECT_EQ(found[0].event, 3u);
}

TEST(RuleEngine, FindsTheFirstThatMatches) {
  RuleSet rules = rules_for_files();
  TraceBuilder trace = two_files();
  EXPECT_THAT(
      names(run_rules(rules, trace, {.matching = RuleMatching::kFirst})),
      ElementsAre("Passwords read", "Anything opened"));
}

TEST(RuleEngine, AsksOnlySelectedRules) {
  RuleSet rules = rules_for_files();
  TraceBuilder trace = two_files();
  const std::string path = save(trace);
  const auto count = [&](RuleSelection selection) {
    return run_rules(rules, path, std::move(selection)).size();
  };
  EXPECT_EQ(count({.least = Priority::kWarning}), 1u);
  EXPECT_EQ(count({.names = {"Passwords"}}), 1u);
  EXPECT_EQ(count({.excluded_names = {"Passwords"}}), 2u);
  EXPECT_EQ(count({.tags = {"noise"}}), 2u);
  EXPECT_EQ(count({.excluded_tags = {"noise"}}), 1u);
  EXPECT_EQ(count({.with_disabled = true}), 5u);
  std::filesystem::remove(path);
}

TEST(RuleEngine, SaysWhy) {
  RuleSet rules = rules_of(
      "- {macro: opened, condition: 'evt.type in (open, openat)'}\n"
      "- rule: r\n  desc: d\n"
      "  condition: opened and not proc.name=dog and fd.name=/etc/shadow\n"
      "  output: o\n  priority: INFO\n");
  TraceBuilder trace = two_files();
  const auto found = run_rules(rules, trace, {.explains = true});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].why,
            "+ all of\n"
            "  + macro opened\n"
            "    + evt.type in (open, openat)   # openat\n"
            "  + not\n"
            "    - proc.name=dog   # cat\n"
            "  + fd.name=/etc/shadow   # /etc/shadow\n");
}

TEST(RuleEngine, NamesWhatCannotBeReadAsATrace) {
  RuleSet rules = rules_for_files();
  Suppressions none;
  RuleEngine engine(rules, none, {});
  const auto done = engine.run("/nowhere.vtrace", [](const Finding&) {});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("/nowhere.vtrace"));
}

// No rows are kept of calls that only look, but links they tell of are.
TEST(RuleEngine, FollowsLinksThatCallsTell) {
  RuleSet rules = rules_for_files();
  TraceBuilder trace;
  trace.process(1).fork(1, 2);
  trace.call(2, "stat", {1, 2}, 0).text(0, "/secrets");
  trace.call(2, "readlink", {1, 2, 64}, 4).text(0, "/secrets");
  trace.payload(1, "/etc", 4);
  trace.open(2, "/secrets/shadow", 3);
  EXPECT_THAT(names(run_rules(rules, trace)),
              ElementsAre("Passwords read", "Anything opened"));
}

// Findings about /etc/shadow, descriptor 3, that an exception leaves over.
size_t left_by(const std::string& exception) {
  RuleSet rules = rules_of(
      "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n"
      "  condition: evt.type=openat and fd.name=/etc/shadow\n"
      "  exceptions:\n  - {name: e, " +
      exception + "}\n");
  TraceBuilder trace = two_files();
  return run_rules(rules, trace).size();
}

TEST(Exceptions, TakeEveryOperator) {
  struct Case {
    const char *op, *field, *match, *other;
  };
  constexpr Case kCases[] = {
      {"=", "fd.name", "/etc/shadow", "/x"},
      {"==", "fd.name", "/etc/shadow", "/x"},
      {"!=", "fd.name", "/x", "/etc/shadow"},
      {"<", "fd.num", "9", "3"},
      {"<=", "fd.num", "3", "1"},
      {">", "fd.num", "1", "3"},
      {">=", "fd.num", "3", "9"},
      {"glob", "fd.name", "/etc/*", "/x*"},
      {"iglob", "fd.name", "/ETC/*", "/X*"},
      {"contains", "fd.name", "shad", "SHAD"},
      {"icontains", "fd.name", "SHAD", "x"},
      {"startswith", "fd.name", "/etc", "etc"},
      {"endswith", "fd.name", "dow", "do"},
      {"regex", "fd.name", "/etc/.*", "/x/.*"},
      {"in", "fd.name", "/etc/shadow", "/etc"},
      {"intersects", "fd.name", "/etc/shadow", "/etc"},
      {"pmatch", "fd.name", "/etc", "/et"},
  };
  for (const Case& each : kCases) {
    const std::string head = std::string("fields: [") + each.field +
                             "], comps: ['" + each.op + "'], values: ";
    EXPECT_EQ(left_by(head + "[['" + each.match + "']]"), 0u) << each.op;
    EXPECT_EQ(left_by(head + "[['" + each.other + "']]"), 1u) << each.op;
  }
}

TEST(Exceptions, TakeOperatorsOfBytes) {
  const auto left = [](const std::string& op, const std::string& bytes) {
    RuleSet rules = rules_of(
        "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n"
        "  condition: evt.type=write\n  exceptions:\n"
        "  - {name: e, fields: [evt.buffer], comps: [" +
        op + "], values: [['" + bytes + "']]}\n");
    TraceBuilder trace;
    trace.process(1).call(1, "write", {1, 1, 6}, 6).payload(1, "secret", 6);
    return run_rules(rules, trace).size();
  };
  EXPECT_EQ(left("bcontains", "637265"), 0u);
  EXPECT_EQ(left("bcontains", "00"), 1u);
  EXPECT_EQ(left("bstartswith", "7365"), 0u);
  EXPECT_EQ(left("bstartswith", "6372"), 1u);
}

TEST(Exceptions, TakeEveryShape) {
  for (const char* const exception :
       {"fields: fd.name, values: [/x, /etc/shadow]",
        "fields: fd.name, comps: in, values: [/etc/shadow]",
        "fields: fd.name, comps: pmatch, values: [/x, /etc]",
        "fields: fd.name, comps: intersects, values: [/etc/shadow]",
        "fields: [proc.name, fd.name], values: [[x, /y], [cat, /etc/shadow]]",
        "fields: [proc.name, fd.name], comps: [in, startswith], "
        "values: [[[dog, cat], /etc]]"})
    EXPECT_EQ(left_by(exception), 0u) << exception;
  for (const char* const exception :
       {"fields: fd.name", "fields: fd.name, values: [/x]",
        "fields: [proc.name, fd.name], values: [[cat, /y], [x, /etc/shadow]]"})
    EXPECT_EQ(left_by(exception), 1u) << exception;
}

constexpr char kDropped[] =
    "- sequence: Dropped and run\n  desc: d\n  within: 10s\n"
    "  output: ran %proc.exepath\n  priority: CRITICAL\n"
    "  steps:\n"
    "  - {condition: evt.type=openat and evt.is_open_write=true, key: "
    "fd.name}\n"
    "  - {condition: evt.type=execve and evt.rawres=0, key: proc.exepath}\n";

TraceBuilder dropped(std::string_view run) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).create(2, "/tmp/x", 3).close(2, 3);
  trace.fork(1, 3).exec(3, {std::string(run)}).call(3, "execve", {1}, 0);
  return trace;
}

TEST(Sequences, AreFoundByKey) {
  RuleSet rules = rules_of(kDropped);
  TraceBuilder hit = dropped("/tmp/x");
  const auto found = run_rules(rules, hit);
  ASSERT_THAT(names(found), ElementsAre("Dropped and run"));
  EXPECT_EQ(found[0].message, "ran /tmp/x");
  EXPECT_THAT(found[0].earlier, testing::SizeIs(1));
  TraceBuilder miss = dropped("/tmp/y");
  EXPECT_THAT(run_rules(rules, miss), IsEmpty());
}

TEST(Sequences, SayWhyStepByStep) {
  RuleSet rules = rules_of(kDropped);
  TraceBuilder hit = dropped("/tmp/x");
  const auto found = run_rules(rules, hit, {.explains = true});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].why,
            "step 1 of 2, event 2:1: evt.type=openat and "
            "evt.is_open_write=true\n"
            "step 2 of 2\n"
            "+ all of\n"
            "  + evt.type=execve   # execve\n"
            "  + evt.rawres=0   # 0\n");
}

TEST(Sequences, EndWithTheirWindow) {
  RuleSet rules = rules_of(kDropped);
  TraceBuilder late = dropped("/tmp/x");
  late.events().back().event.time_ns += 11'000'000'000;
  EXPECT_THAT(run_rules(rules, late), IsEmpty());
}

TEST(Sequences, NeedTheirOrder) {
  RuleSet rules = rules_of(kDropped);
  TraceBuilder trace;
  trace.process(1).fork(1, 3).exec(3, {"/tmp/x"}).call(3, "execve", {1}, 0);
  trace.create(1, "/tmp/x", 3);
  EXPECT_THAT(run_rules(rules, trace), IsEmpty());
}

std::string read_then_connect(const std::string& scope) {
  return "- sequence: Read, then called home\n  desc: d\n  within: 1m\n"
         "  output: o\n  priority: CRITICAL\n" +
         scope +
         "  steps:\n"
         "  - condition: evt.type=openat and fd.name=/etc/shadow\n"
         "  - condition: evt.type=unlink\n";
}

TEST(Sequences, FollowOneProcessOrItsTree) {
  RuleSet alone = rules_of(read_then_connect(""));
  RuleSet tree = rules_of(read_then_connect("  tree: true\n"));
  TraceBuilder child;
  child.process(1).fork(1, 2).open(2, "/etc/shadow", 3).fork(2, 3);
  child.unlink(3, "/x");
  const std::string path = save(child);
  EXPECT_EQ(run_rules(alone, path).size(), 0u);
  EXPECT_EQ(run_rules(tree, path).size(), 1u);
  std::filesystem::remove(path);

  TraceBuilder sibling;
  sibling.process(1).fork(1, 2).open(2, "/etc/shadow", 3).fork(1, 3);
  sibling.unlink(3, "/x").unlink(2, "/x").unlink(2, "/y");
  const std::string other = save(sibling);
  EXPECT_EQ(run_rules(alone, other).size(), 1u);
  EXPECT_EQ(run_rules(tree, other).size(), 1u);
  std::filesystem::remove(other);
}

TEST(Sequences, AreBounded) {
  RuleSet rules = rules_of(kDropped);
  TraceBuilder trace;
  trace.process(1);
  for (size_t i = 0; i <= SequenceTracker::kMaxOpen; ++i)
    trace.create(1, "/tmp/" + std::to_string(i), 3);
  const std::string path = save(trace);
  Suppressions none;
  RuleEngine engine(rules, none, {});
  ASSERT_TRUE(engine.run(path, [](const Finding&) {}));
  EXPECT_GT(engine.forgotten(), 0u);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace vestige
