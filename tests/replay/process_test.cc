// SPDX-License-Identifier: Apache-2.0
#include <linux/sched.h>
#include <sys/prctl.h>

#include <algorithm>
#include <csignal>

#include "replay/event_view.h"
#include "tests/replay/rows.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

TEST(Processes, ForkedChildHasItsParentAndProgram) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).exec(2, {"/bin/id", "-u"}).exit(2, 3);
  const Facts& facts = trace.facts();
  const ProcessRow& child = process_with_pid(facts, 2);
  EXPECT_EQ(parent_pid(facts, child), 1u);
  EXPECT_EQ(child.parent_certainty, Certainty::kObserved);
  EXPECT_EQ(child.origin, ProcessOrigin::kFork);
  EXPECT_EQ(child.exe, "/bin/id");
  EXPECT_EQ(split_strings(child.argv),
            (std::vector<std::string_view>{"/bin/id", "-u"}));
  EXPECT_EQ(child.end, ProcessEnd::kExited);
  EXPECT_EQ(child.exit_code, 3);
  ASSERT_EQ(facts.execs_of(child).size(), 1u);
  EXPECT_EQ(facts.execs_of(child)[0].filename, "/bin/id");
}

TEST(Processes, ForkWithoutExecKeepsTheProgramOfTheParent) {
  TraceBuilder trace;
  trace.process(1).exec(1, {"/bin/sh"}, "/bin/busybox").fork(1, 2);
  trace.call(2, "prctl", {PR_SET_NAME, 0x1000}, 0).text(1, "chmod");
  const ProcessRow& applet = process_with_pid(trace.facts(), 2);
  EXPECT_EQ(applet.comm, "chmod");
  EXPECT_EQ(applet.exe, "/bin/busybox");
  EXPECT_EQ(applet.exec_count, 0u);
}

TEST(Processes, ReusedPidIsAnotherProcess) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).exec(2, {"/a"}).exit(2);
  trace.fork(1, 3).fork(3, 2).exec(2, {"/b"}).exit(2, 7);
  const Facts& facts = trace.facts();
  EXPECT_EQ(process_with_pid(facts, 2, 0).exe, "/a");
  EXPECT_EQ(process_with_pid(facts, 2, 1).exe, "/b");
  EXPECT_EQ(process_with_pid(facts, 2, 0).exit_code, 0);
  EXPECT_EQ(process_with_pid(facts, 2, 1).exit_code, 7);
  EXPECT_EQ(parent_pid(facts, process_with_pid(facts, 2, 1)), 3u);
}

TEST(Processes, ReusedPidEndsTheFirstWhenItsExitWasLost) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).exit(2).lose_last().fork(1, 2);
  const Facts& facts = trace.facts();
  EXPECT_EQ(process_with_pid(facts, 2, 0).end, ProcessEnd::kInferred);
  EXPECT_EQ(process_with_pid(facts, 2, 1).end, ProcessEnd::kNone);
}

TEST(Processes, ChildThatActsBeforeItsForkIsToldIsNotInvented) {
  TraceBuilder trace;
  trace.process(1).open(1, "/log", 5);
  trace.fork(1, 2).write(2, 5, 10).swap_last();
  const Facts& facts = trace.facts();
  ASSERT_EQ(facts.processes.size(), 2u);
  const ProcessRow& child = process_with_pid(facts, 2);
  EXPECT_EQ(child.origin, ProcessOrigin::kFork);
  EXPECT_EQ(parent_pid(facts, child), 1u);
  EXPECT_EQ(facts.gaps.inferred_processes, 0u);
}

TEST(Processes, ChildThatEndedBeforeItsForkIsToldHasItsParent) {
  TraceBuilder trace;
  trace.process(1).open(1, "/log", 5);
  trace.fork(1, 2).exit(2, 3).swap_last();
  const Facts& facts = trace.facts();
  ASSERT_EQ(facts.processes.size(), 2u);
  const ProcessRow& child = process_with_pid(facts, 2);
  EXPECT_EQ(child.origin, ProcessOrigin::kFork);
  EXPECT_EQ(parent_pid(facts, child), 1u);
  EXPECT_EQ(child.end, ProcessEnd::kExited);
  EXPECT_EQ(child.exit_code, 3);
}

TEST(Processes, LostForkGivesAnInferredProcessWithoutAParent) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).lose_last().open(2, "/x", 3);
  const Facts& facts = trace.facts();
  const ProcessRow& orphan = process_with_pid(facts, 2);
  EXPECT_EQ(orphan.origin, ProcessOrigin::kInferred);
  EXPECT_EQ(orphan.parent, ProcessId::kNone);
  EXPECT_EQ(orphan.parent_certainty, Certainty::kUnknown);
  EXPECT_EQ(facts.gaps.inferred_processes, 1u);
}

TEST(Processes, ExecFromAnotherThreadIsTheProcesssExec) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).thread(2, 20).thread(2, 21);
  trace.exec(2, {"/bin/new"}, "/bin/new", 21).open(2, "/after", 3);
  const Facts& facts = trace.facts();
  const ProcessRow& row = process_with_pid(facts, 2);
  EXPECT_EQ(row.threads, 3u);
  EXPECT_EQ(row.exe, "/bin/new");
  EXPECT_EQ(facts.execs_of(row)[0].tid, 21u);
  EXPECT_EQ(facts.processes.size(), 2u);
}

TEST(Processes, ThreadExitDoesNotEndTheProcess) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).thread(2, 20).exit_thread(2, 2);
  trace.call(2, "write", {1, 0, 5}, 5, 20);
  EXPECT_EQ(process_with_pid(trace.facts(), 2).end, ProcessEnd::kNone);
}

TEST(Processes, DoubleForkedDaemonKeepsWhoStartedIt) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).fork(2, 3).exit(2).call(3, "setsid", {}, 3);
  const Facts& facts = trace.facts();
  EXPECT_EQ(parent_pid(facts, process_with_pid(facts, 3)), 2u);
  EXPECT_EQ(process_with_pid(facts, 3).session, 3u);
}

TEST(Processes, OrphansAreAdoptedByTheFirstProcess) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).fork(2, 3).exit(2);
  const Facts& facts = trace.facts();
  const ProcessRow& orphan = process_with_pid(facts, 3);
  EXPECT_EQ(parent_pid(facts, orphan), 2u);
  EXPECT_EQ(orphan.adopter, process_with_pid(facts, 1).id);
  EXPECT_EQ(orphan.adopter_certainty, Certainty::kInferred);
}

TEST(Processes, OrphansAreAdoptedByWhoAskedForThem) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).call(2, "prctl", {PR_SET_CHILD_SUBREAPER, 1}, 0);
  trace.fork(2, 3).fork(3, 4).fork(4, 5).exit(4).exit(3);
  const Facts& facts = trace.facts();
  EXPECT_EQ(process_with_pid(facts, 5).adopter, process_with_pid(facts, 2).id);
  EXPECT_EQ(process_with_pid(facts, 4).adopter, ProcessId::kNone);
}

TEST(Processes, TheKernelsWordOnTheParentIsAnAdoption) {
  TraceBuilder trace;
  trace.process(1).process(7).fork(1, 2).fork(2, 3).exec(3, {"/x"});
  auto task = read_part<TaskPart>(trace.events()[1].parts[0]);
  task.parent_pid = 7;
  task.parent_start_ns = TraceBuilder::start_of(7);
  trace.part(kTaskArg, PartKind::kTask, task);
  const Facts& facts = trace.facts();
  const ProcessRow& row = process_with_pid(facts, 3);
  EXPECT_EQ(parent_pid(facts, row), 2u);
  EXPECT_EQ(row.adopter, process_with_pid(facts, 7).id);
  EXPECT_EQ(row.adopter_certainty, Certainty::kObserved);
}

TEST(Processes, WhoeverComesFromOutsideIsAnEntry) {
  TraceBuilder trace;
  ProcessState shim, first;
  trace.process(50, shim);
  trace.snapshots()[0].processes[0].is_selected = false;
  first.task.parent_pid = 50;
  trace.process(1, first).fork(1, 2);
  trace.exec(9, {"/bin/sh"});
  auto task = TaskPart{
      .pid = 9, .tid = 9, .ns_pid = 9, .parent_pid = 50, .pid_namespace = 1};
  task.parent_start_ns = TraceBuilder::start_of(50);
  trace.part(kTaskArg, PartKind::kTask, task);
  const Facts& facts = trace.facts();
  EXPECT_EQ(process_with_pid(facts, 1).entry, ProcessEntry::kInit);
  EXPECT_EQ(process_with_pid(facts, 9).entry, ProcessEntry::kSession);
  EXPECT_EQ(process_with_pid(facts, 2).entry, ProcessEntry::kNone);
}

TEST(Processes, ARuntimesHelperIsAnEntryEvenIfNobodyTellsOfItsParent) {
  TraceBuilder trace;
  trace.process(1).call(9, "prctl", {PR_SET_NAME, 0x1000}, 0);
  trace.text(1, "runc:[1:CHILD]").open(8, "/x", 3);
  const Facts& facts = trace.facts();
  EXPECT_EQ(process_with_pid(facts, 9).entry, ProcessEntry::kSession);
  EXPECT_EQ(process_with_pid(facts, 8).entry, ProcessEntry::kNone);
}

// As runc does for podman: its child is in the container before it is known.
TEST(Processes, WhoOnlyMovesOthersIntoTheContainerIsOutside) {
  for (const bool acts : {false, true}) {
    TraceBuilder trace;
    trace.process(1).cgroup_move(70, 9).exec(9, {"/bin/sh"});
    auto task = TaskPart{
        .pid = 9, .tid = 9, .ns_pid = 9, .parent_pid = 70, .pid_namespace = 1};
    task.parent_start_ns = TraceBuilder::start_of(70);
    trace.part(kTaskArg, PartKind::kTask, task);
    if (acts) trace.open(70, "/inside", 3);
    const Facts& facts = trace.facts();
    EXPECT_EQ(process_with_pid(facts, 70).is_selected, acts);
    EXPECT_EQ(process_with_pid(facts, 9).entry,
              acts ? ProcessEntry::kNone : ProcessEntry::kSession);
  }
}

TEST(Processes, CloneParentTellsParentAndCreatorApart) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).fork(2, 3, CLONE_PARENT);
  auto& stored = trace.events().back();
  auto task = read_part<TaskPart>(stored.parts[0]);
  task.parent_pid = 1;
  task.parent_start_ns = TraceBuilder::start_of(1);
  stored.parts.clear();
  trace.part(kReturnArg, PartKind::kTask, task);
  const Facts& facts = trace.facts();
  const ProcessRow& child = process_with_pid(facts, 3);
  EXPECT_EQ(parent_pid(facts, child), 1u);
  EXPECT_EQ(child.creator, process_with_pid(facts, 2).id);
}

TEST(Processes, KillNamesTheKiller) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).fork(1, 3);
  trace.call(3, "kill", {2, SIGKILL}, 0).exit(2, 0, SIGKILL);
  const Facts& facts = trace.facts();
  const ProcessRow& victim = process_with_pid(facts, 2);
  EXPECT_EQ(victim.end, ProcessEnd::kKilled);
  EXPECT_EQ(victim.exit_signal, SIGKILL);
  EXPECT_EQ(victim.killed_by, process_with_pid(facts, 3).id);
  ASSERT_EQ(facts.actions.size(), 1u);
  EXPECT_EQ(facts.actions[0].target, victim.id);
}

TEST(Processes, KillThatReturnsAfterTheVictimsEndNamesTheKiller) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).fork(1, 3).signal_sent(3, 2, SIGTERM);
  trace.exit(2, 0, SIGTERM).call(3, "kill", {2, SIGTERM}, 0);
  const Facts& facts = trace.facts();
  EXPECT_EQ(process_with_pid(facts, 2).killed_by,
            process_with_pid(facts, 3).id);
}

TEST(Processes, SignalThatFailedKillsNobody) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).fork(1, 3);
  trace.call(3, "kill", {2, SIGKILL}, -EPERM).exit(2, 0, SIGKILL);
  EXPECT_EQ(process_with_pid(trace.facts(), 2).killed_by, ProcessId::kNone);
}

TEST(Processes, FailedExecIsTold) {
  TraceBuilder trace;
  trace.process(1).call(1, "execve", {0x1000, 0x2000, 0}, -ENOENT);
  trace.text(0, "/no/such");
  const Facts& facts = trace.facts();
  ASSERT_EQ(facts.execs.size(), 1u);
  EXPECT_EQ(facts.execs[0].error, ENOENT);
  EXPECT_EQ(facts.execs[0].filename, "/no/such");
}

TEST(Processes, ExecWhoseEventWasLostIsUnknownNotTheOldProgram) {
  TraceBuilder trace;
  trace.process(1).exec(1, {"/bin/old"});
  trace.call(1, "execve", {0, 0, 0}, 0);  // of /bin/old
  trace.call(1, "execve", {0, 0, 0}, 0);  // its task_exec is missing
  const Facts& facts = trace.facts();
  ASSERT_EQ(facts.execs.size(), 2u);
  EXPECT_EQ(facts.execs[1].certainty, Certainty::kUnknown);
  EXPECT_EQ(process_with_pid(facts, 1).exe, "");
}

TEST(Processes, SnapshotAfterTheFirstEventsAddsToThem) {
  TraceBuilder trace;
  trace.open(1, "/early", 3);
  const Facts& facts = trace.facts();
  EXPECT_EQ(process_with_pid(facts, 1).origin, ProcessOrigin::kInferred);
}

TEST(Processes, ExitIsKnownOfOneThatASnapshotLeftOut) {
  TraceBuilder trace;
  trace.process(1, {.cgroup_id = 77}).fork(1, 40);
  ProcessState first{.cgroup_id = 77};
  first.task.pid = first.task.tid = 1;
  first.task.start_ns = first.task.process_start_ns = TraceBuilder::start_of(1);
  const uint64_t now_ns = trace.now_ns() + 1;
  trace.checkpoint({.time_ns = now_ns, .end_ns = now_ns, .processes = {first}});
  trace.exit(40, 3);
  const Facts& facts = trace.facts();
  EXPECT_EQ(process_with_pid(facts, 40).end, ProcessEnd::kExited);
  EXPECT_EQ(process_with_pid(facts, 40).exit_code, 3);
}

TEST(Processes, DescriptorThatASnapshotCallsASocketIsOneFromThenOn) {
  TraceBuilder trace;
  trace.process(1).write(1, 5, 10);
  ProcessState state;
  state.task.pid = state.task.tid = 1;
  state.task.start_ns = state.task.process_start_ns = TraceBuilder::start_of(1);
  state.fds = {{.fd = 5, .target = "socket:[99]", .socket = SocketPart{}}};
  const uint64_t now_ns = trace.now_ns() + 1;
  trace.checkpoint({.time_ns = now_ns, .end_ns = now_ns, .processes = {state}});
  trace.write(1, 5, 7);
  const Facts& facts = trace.facts();
  ASSERT_EQ(facts.net.size(), 1u);
  EXPECT_EQ(facts.net[0].bytes, 7u);
}

TEST(Processes, OfASnapshotStandWhereItStandsForViewersToo) {
  Snapshot snapshot{.time_ns = 5, .end_ns = 5};
  snapshot.processes.emplace_back().task = TaskPart{.pid = 1, .tid = 1};
  const TraceHeader header;
  EventViewer viewer(header);
  viewer.apply(snapshot, {4, 0});
  const Process* process = viewer.state().tree().find(1, 0);
  ASSERT_TRUE(process);
  EXPECT_EQ(process->row.at, (Position{4, 0}));
}

TEST(Processes, SnapshotThatTellsStartsInClockTicksKnowsWhoWasForked) {
  constexpr uint32_t kChild = 40;
  TraceBuilder trace;
  trace.process(1).fork(1, kChild);
  ProcessState child;
  child.task.pid = child.task.tid = kChild;
  child.task.parent_pid = 1;
  child.task.start_ns = child.task.process_start_ns =
      TraceBuilder::start_of(kChild) - 9'000'000;
  const uint64_t now_ns = trace.now_ns() + 1;
  trace.checkpoint({.time_ns = now_ns, .end_ns = now_ns, .processes = {child}});
  trace.exit(kChild, 3);
  const Facts& facts = trace.facts();
  EXPECT_EQ(std::ranges::count(facts.processes, kChild, &ProcessRow::pid), 1);
  EXPECT_EQ(process_with_pid(facts, kChild).exit_code, 3);
}

}  // namespace
}  // namespace vestige
