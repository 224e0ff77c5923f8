// SPDX-License-Identifier: Apache-2.0
//
// Whatever is lost between the kernel and the file, what is told of the rest
// stays true: fewer facts, unknown ones, no wrong ones.
#include <fmt/format.h>
#include <linux/sched.h>

#include <map>
#include <random>
#include <set>

#include "tests/replay/rows.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

// Forks, programs, a pid and descriptors that are used again, a daemon.
TraceBuilder story() {
  TraceBuilder trace;
  trace.process(1).exec(1, {"/sbin/init"});
  trace.fork(1, 2).exec(2, {"/bin/sh"}).fork(2, 3).exec(3, {"/bin/cat"});
  trace.open(3, "/etc/passwd", 3, O_RDONLY, "/etc/passwd").read(3, 3, 10);
  trace.close(3, 3).exit(3).fork(2, 4).fork(4, 5).exit(4);
  trace.exec(5, {"/usr/sbin/daemon"}).open(5, "/run/d", 3, O_RDONLY, "/run/d");
  trace.fork(2, 3).exec(3, {"/bin/rm"}).unlink(3, "/tmp/x").exit(3, 1);
  trace.thread(5, 6).fork(1, 7, CLONE_FILES).fork(5, 8, CLONE_PARENT);
  trace.open(7, "/tmp/y", 4, O_RDONLY, "/tmp/y").write(7, 4, 3).close(7, 4);
  trace.open(7, "/tmp/z", 4, O_RDONLY, "/tmp/z").write(7, 4, 5);
  trace.call(8, "dup2", {3, 9}, 9).exec(8, {"/bin/true"}).exit(8).exit(5);
  trace.exit(7).exit(2);
  return trace;
}

using Who = std::pair<uint32_t, uint64_t>;  // pid and start

Who who(const ProcessRow* row) {
  return row ? Who{row->pid, row->start_ns} : Who{};
}

struct Truth {
  std::map<Who, Who> parents;
  std::map<Who, std::set<std::string_view>> programs;
};

Facts replay(TraceBuilder& trace, const std::set<size_t>& lost) {
  Reconstructor state(trace.texts());
  for (const Snapshot& snapshot : trace.snapshots()) state.apply(snapshot, {});
  uint32_t index = 0;
  for (TraceBuilder::Stored& stored : trace.events()) {
    stored.event.parts = stored.parts;
    if (!lost.contains(index)) state.apply(stored.event, {1, index});
    ++index;
  }
  return state.finish();
}

Truth truth_of(TraceBuilder& trace) {
  const Facts facts = replay(trace, {});
  Truth truth;
  for (const ProcessRow& row : facts.processes) {
    truth.parents[who(&row)] = who(facts.process(row.parent));
    auto& programs = truth.programs[who(&row)];
    programs.insert(row.exe);
    for (const ExecRow& exec : facts.execs_of(row)) programs.insert(exec.exe);
    // What it ran before its own exec.
    for (const ProcessRow* up = facts.process(row.creator); up;
         up = facts.process(up->creator))
      programs.insert(up->exe);
  }
  return truth;
}

void expect_nothing_wrong(const Facts& facts, const Truth& truth) {
  for (const ProcessRow& row : facts.processes) {
    const auto known = truth.parents.find(who(&row));
    // One that only others have named has no start yet.
    if (known == truth.parents.end()) {
      EXPECT_EQ(row.start_ns, 0u) << row.pid;
      continue;
    }
    const Who parent = who(facts.process(row.parent));
    EXPECT_TRUE(parent == Who{} || parent == known->second ||
                (parent.first == known->second.first && parent.second == 0))
        << row.pid << " is no child of " << parent.first;
    const bool is_right =
        row.exe.empty() || truth.programs.at(who(&row)).contains(row.exe);
    EXPECT_TRUE(is_right) << row.pid << " never ran " << row.exe;
  }
  for (const FileRow& row : facts.files) {
    if (row.op != FileOp::kWrite || row.path_certainty != Certainty::kObserved)
      continue;
    EXPECT_TRUE((row.path == "/tmp/y" && row.bytes == 3) ||
                (row.path == "/tmp/z" && row.bytes == 5))
        << row.path << ' ' << row.bytes;
  }
}

TEST(LostEvents, AnyOneMakesNoFactWrong) {
  TraceBuilder trace = story();
  const Truth truth = truth_of(trace);
  for (size_t lost = 0; lost < trace.events().size(); ++lost) {
    SCOPED_TRACE(fmt::format("without event {}, {}", lost,
                             trace.events()[lost].event.descriptor->name));
    expect_nothing_wrong(replay(trace, {lost}), truth);
  }
}

// Of the processes whose parent is told, how many there are.
size_t expect_right_parents(const Facts& facts, const Truth& truth) {
  size_t told = 0;
  for (const ProcessRow& row : facts.processes) {
    const auto known = truth.parents.find(who(&row));
    const Who parent = who(facts.process(row.parent));
    if (known == truth.parents.end() || parent == Who{}) continue;
    EXPECT_EQ(parent.first, known->second.first) << row.pid;
    ++told;
  }
  return told;
}

// As when a ring was full, or a chunk could not be read.
TEST(LostEvents, AnyRowOfThemMakesNoParentWrong) {
  TraceBuilder trace = story();
  const Truth truth = truth_of(trace);
  const size_t events = trace.events().size();
  size_t told = 0;
  for (size_t from = 0; from < events; ++from)
    for (size_t to = from + 1; to <= events; ++to) {
      SCOPED_TRACE(fmt::format("without events {} to {}", from, to));
      std::set<size_t> lost;
      for (size_t i = from; i < to; ++i) lost.insert(i);
      told += expect_right_parents(replay(trace, lost), truth);
    }
  EXPECT_GT(told, 2 * events * events / 2) << "some are known all the same";
}

TEST(LostEvents, AnyOfThemAtRandomMakeNoParentWrong) {
  TraceBuilder trace = story();
  const Truth truth = truth_of(trace);
  std::mt19937 random(5);
  size_t told = 0;
  for (int round = 0; round < 500; ++round) {
    SCOPED_TRACE(round);
    std::set<size_t> lost;
    for (size_t i = 0; i < trace.events().size(); ++i)
      if (random() % 3 == 0) lost.insert(i);
    told += expect_right_parents(replay(trace, lost), truth);
  }
  EXPECT_GT(told, 1000u) << "some are known all the same";
}

}  // namespace
}  // namespace vestige
