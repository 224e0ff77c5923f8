// SPDX-License-Identifier: Apache-2.0
// vestige-capture on the real kernel.
#include <gmock/gmock.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <span>
#include <thread>

#include "capture/cgroup.h"
#include "tests/capture/agent.h"
#include "tests/support/privileged.h"

namespace vestige::testing {
namespace {

using ::testing::HasSubstr;

class Record : public ::testing::Test {
 protected:
  void SetUp() override {
    if (auto why = support::why_unprivileged()) VESTIGE_SKIP(*why);
  }
  // Records a command; the trace must be made.
  TraceContent record_command(std::vector<std::string> options,
                              const std::vector<std::string>& command) {
    const std::string path = directory_ / "x.vtrace";
    std::filesystem::remove(path);
    options.insert(options.begin(), {"record", "-o", path});
    options.push_back("--");
    options.insert(options.end(), command.begin(), command.end());
    Agent agent(options);
    EXPECT_EQ(agent.wait(), 0) << agent.messages();
    return read_trace(path);
  }
  // The kernel's count, to the record, and not one without a cause.
  static void expect_exact(const TraceContent& trace) {
    EXPECT_TRUE(trace.is_complete);
    EXPECT_EQ(trace.end.seen, trace.events + trace.lost(LossReason::kRingFull));
    EXPECT_EQ(trace.lost(LossReason::kBadRecord), 0u);
  }

  ScratchDirectory directory_;
};

TEST_F(Record, HoldsACommandFromExecToExit) {
  const std::string file = directory_ / "made";
  const TraceContent trace =
      record_command({}, {"sh", "-c", "echo hello > " + file});
  EXPECT_TRUE(trace.is_complete);
  EXPECT_EQ(trace.end.reason, EndReason::kCommandExited);
  EXPECT_EQ(trace.end.detail, "exit code 0");
  EXPECT_EQ(trace.snapshots, 1u);
  EXPECT_EQ(trace.calls.at("task_exec"), 1u);
  EXPECT_EQ(trace.calls.at("task_exit"), 1u);
  EXPECT_TRUE(trace.mentions(file));
  EXPECT_TRUE(trace.mentions("hello\n"));
}

TEST_F(Record, LooksAgainAtTheCheckpoints) {
  const std::string path = directory_ / "x.vtrace";
  Agent agent({"record", "-o", path, "--checkpoint", "0.5", "--", "sh", "-c",
               "exec 7</etc/passwd; sleep 1.8; cat /etc/hostname"});
  EXPECT_EQ(agent.wait(), 0) << agent.messages();
  auto reader = TraceReader::open(path);
  ASSERT_TRUE(reader);
  std::vector<uint64_t> fds;  // known of the shell, snapshot by snapshot
  uint64_t begun_ns = 0, late = 0, older = 0;
  while (true) {
    auto item = reader->next();
    ASSERT_TRUE(item);
    if (!*item) break;
    if (item->snapshot) {
      begun_ns = item->snapshot->time_ns;
      // Later ones, too, when the agent may do next to nothing any more.
      EXPECT_EQ(item->snapshot->source, SnapshotSource::kKernel);
      const auto shell = std::ranges::find_if(
          item->snapshot->processes,
          [](const ProcessState& one) { return one.is_selected; });
      ASSERT_NE(shell, item->snapshot->processes.end());
      fds.push_back(uint64_t(
          std::ranges::count(shell->fds, 7, [](auto& fd) { return fd.fd; })));
    }
    if (item->event) ++(item->event->time_ns < begun_ns ? older : late);
  }
  // A slow machine takes fewer: snapshots get a twentieth of the time.
  ASSERT_GE(fds.size(), 2u);
  EXPECT_THAT(std::span(fds).subspan(1), ::testing::Each(1u));
  // What comes behind a snapshot happened since it was begun.
  EXPECT_GT(late, 50u);
  EXPECT_LE(older, 2u);
}

// How many pieces a quiet second is written in says how much may be lost.
TEST_F(Record, WritesAsOftenAsItIsTold) {
  const auto chunks = [&](const std::string& flush) {
    record_command({"--flush", flush},
                   {"sh", "-c", "for i in 1 2 3 4 5 6; do sleep 0.2; done"});
    auto reader = TraceReader::open(directory_ / "x.vtrace");
    EXPECT_TRUE(reader);
    std::set<uint32_t> seen;
    while (true) {
      const auto item = reader->next();
      if (!item || !*item) return seen.size();
      if (item->event) seen.insert(item->position.chunk);
    }
  };
  EXPECT_LT(chunks("1h"), chunks("0.1"));
}

TEST_F(Record, LosesNothingOfAQuietProgram) {
  constexpr uint64_t kCount = 100000;
  const TraceContent trace =
      record_command({}, {program("many_calls"), std::to_string(kCount)});
  EXPECT_EQ(trace.calls.at("getppid"), kCount);
  EXPECT_EQ(trace.lost(LossReason::kRingFull), 0u);
}

// The same static program makes the same calls, so a run without loss says
// how many there are to be lost, besides the kernel's count.
TEST_F(Record, AccountsForEveryRecordBeyondItsCapacity) {
  // On both CPUs, where there are two.
  const std::vector<std::string> command = {program("many_calls"), "500000",
                                            "2"};
  const TraceContent whole =
      record_command({"--ring-size", "268435456"}, command);
  ASSERT_EQ(whole.lost(LossReason::kRingFull), 0u);
  const TraceContent lossy = record_command({"--ring-size", "4096"}, command);
  EXPECT_GT(lossy.lost(LossReason::kRingFull), 0u);
  expect_exact(lossy);
  // Up to signals that a process gets or not, depending on who runs first.
  EXPECT_NEAR(double(lossy.end.seen), double(whole.events), 8);
  // Interval by interval and CPU by CPU, to the last record.
  uint64_t told = 0, until_ns = 0;
  for (const Loss& loss : lossy.told) {
    if (loss.reason != LossReason::kRingFull) continue;
    told += loss.count;
    EXPECT_THAT(loss.where, ::testing::StartsWith("cpu "));
    EXPECT_LT(loss.from_ns, loss.to_ns);
    EXPECT_GE(loss.to_ns, until_ns);
    until_ns = loss.to_ns;
  }
  EXPECT_EQ(told, lossy.lost(LossReason::kRingFull));
}

// Two processes that number their calls, recorded until they are in full swing
// and `options` or an interrupt end it.
class RecordUntilTheMiddle : public Record {
 protected:
  TraceContent record(std::vector<std::string> options, bool is_interrupted) {
    const std::string path = directory_ / "x.vtrace";
    options.insert(options.begin(), {"record", "-o", path});
    options.insert(options.end(), {"--", program("numbered_calls"), "2"});
    Agent agent(options);
    if (is_interrupted) {
      EXPECT_TRUE(wait_for_file(path + ".partial")) << agent.messages();
      wait_until_larger(path + ".partial", 200'000);
      agent.send(SIGINT);
    }
    EXPECT_EQ(agent.wait(), 0) << agent.messages();
    read_numbers(path);
    return read_trace(path);
  }
  static void wait_until_larger(const std::string& path, uint64_t bytes) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (std::filesystem::file_size(path) < bytes &&
           std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  void read_numbers(const std::string& path) {
    auto reader = TraceReader::open(path);
    ASSERT_TRUE(reader) << reader.error().message;
    while (true) {
      const auto item = reader->next();
      if (!item || !*item) break;
      if (item->event && item->event->descriptor->name == "lseek" &&
          !(item->event->flags & kInFlight))
        numbers_[item->event->pid].push_back(item->event->args[1]);
    }
    ASSERT_EQ(numbers_.size(), 2u);
  }

  std::map<uint32_t, std::vector<uint64_t>> numbers_;  // by process
};

TEST_F(RecordUntilTheMiddle, LosesNothingThatWasRecordedBeforeTheEnd) {
  const std::vector<std::string> roomy = {"--ring-size", "268435456"};
  expect_exact(record(roomy, true));
  for (const auto& [pid, numbers] : numbers_) {
    std::vector<uint64_t> all(numbers.size());
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(numbers, all) << pid;
  }
}

TEST_F(RecordUntilTheMiddle, AccountsExactlyWhenItIsInterrupted) {
  const TraceContent trace = record({"--ring-size", "65536"}, true);
  expect_exact(trace);
  EXPECT_GT(trace.lost(LossReason::kRingFull), 0u);
  uint64_t called = 0;
  for (const auto& [pid, numbers] : numbers_) called += numbers.back() + 1;
  EXPECT_LE(called, trace.end.seen);
}

TEST_F(RecordUntilTheMiddle, AccountsExactlyWhenATraceHasReachedItsSize) {
  const TraceContent trace =
      record({"--ring-size", "65536", "--max-size", "200KB"}, false);
  EXPECT_EQ(trace.end.reason, EndReason::kSizeLimit);
  expect_exact(trace);
}

TEST_F(RecordUntilTheMiddle, AccountsExactlyWhenItsTimeIsOver) {
  const TraceContent trace =
      record({"--ring-size", "268435456", "--duration", "1"}, false);
  EXPECT_EQ(trace.end.reason, EndReason::kDuration);
  expect_exact(trace);
}

TEST_F(Record, LeanLeavesOutDurationsButNoCalls) {
  const TraceContent trace =
      record_command({"--lean"}, {program("many_calls"), "1000"});
  EXPECT_EQ(trace.calls.at("getppid"), 1000u);
}

TEST_F(Record, ShowsAProgramThatOnlyUsesIoUring) {
  ASSERT_EQ(chdir((directory_ / "").c_str()), 0);
  const TraceContent trace = record_command({}, {program("io_uring_only")});
  if (trace.end.detail == "exit code 77") GTEST_SKIP() << "no io_uring here";
  EXPECT_EQ(trace.end.detail, "exit code 0");
  for (const char* name : {"io_openat", "io_write", "io_read", "io_renameat",
                           "io_unlinkat", "io_connect", "io_close"})
    EXPECT_EQ(trace.calls.count(name), 1u) << name;
  EXPECT_TRUE(trace.mentions("made by io_uring"));
  EXPECT_TRUE(trace.mentions("written by io_uring"));
  EXPECT_EQ(trace.calls.count("connect"), 0u);
}

// The kernel tells of a request when it is complete: this one never is.
TEST_F(Record, TellsRequestsToIoUringThatAreStillOpenAtTheEnd) {
  const std::string path = directory_ / "open.vtrace";
  const std::string ready = directory_ / "ready";
  Agent agent({"record", "-o", path, "--", program("io_uring_only"), ready});
  const bool is_ready = wait_for_file(ready);
  agent.send(SIGINT);
  EXPECT_EQ(agent.wait(), 0) << agent.messages();
  const TraceContent trace = read_trace(path);
  if (trace.end.detail == "exit code 77") GTEST_SKIP() << "no io_uring here";
  EXPECT_TRUE(is_ready);
  EXPECT_EQ(trace.calls.count("io_read"), 1u);
  EXPECT_THAT(trace.in_flight, ::testing::Contains("io_read"));
  EXPECT_EQ(trace.end.seen, trace.events);
}

// Where the kernel has modules and somebody gives one to play with.
TEST_F(Record, TellsTheModulesThatAreLoadedAndRemoved) {
  const char* module = std::getenv("VESTIGE_MODULE");  // NAME.ko
  if (!module) GTEST_SKIP() << "no module to load: VESTIGE_MODULE is not set";
  const std::string name = std::filesystem::path(module).stem();
  const std::string load = std::string("busybox insmod ") + module;
  const TraceContent trace =
      record_command({}, {"sh", "-c", load + "; busybox rmmod " + name});
  EXPECT_EQ(trace.calls.count("module_load"), 1u);
  EXPECT_EQ(trace.calls.count("module_free"), 1u);
  EXPECT_GE(std::ranges::count(trace.strings, name), 2);
  EXPECT_EQ(trace.lost(LossReason::kModules), 0u);
}

TEST_F(Record, TellsTheNewNameOfATask) {
  const TraceContent trace =
      record_command({}, {"sh", "-c", "printf disguised > /proc/self/comm"});
  EXPECT_EQ(trace.calls.count("task_comm"), 1u);
  EXPECT_THAT(trace.names, ::testing::Contains("disguised"));
}

// Whoever shares the memory can put another path there before the kernel
// copies it, or after: what was passed, what it became and what was opened.
TEST_F(Record, TellsWhenAPathWasSwappedUnderTheKernel) {
  record_command({}, {program("swapped_path"), directory_ / "", "100"});
  auto reader = TraceReader::open(directory_ / "x.vtrace");
  ASSERT_TRUE(reader) << reader.error().message;
  uint64_t changed = 0, other_name = 0;
  while (true) {
    const auto item = reader->next();
    if (!item || !*item) break;
    if (!item->event || item->event->descriptor->name != "openat") continue;
    const Event& event = *item->event;
    const Part* passed = event.part(1, PartKind::kString);
    const Part* after = event.part(1, PartKind::kStringAfter);
    const Part* opened = event.part(kReturnArg, PartKind::kPath);
    ASSERT_TRUE(passed);
    EXPECT_EQ(after != nullptr, (passed->flags & kPartChanged) != 0);
    if (after) {
      ++changed;
      EXPECT_NE(passed->data, after->data);
    }
    if (!opened) continue;
    const bool is_other = passed->data.substr(passed->data.rfind('/')) !=
                          opened->data.substr(opened->data.rfind('/'));
    EXPECT_EQ(is_other, (opened->flags & kPartOtherName) != 0);
    other_name += is_other;
  }
  EXPECT_GT(changed, 0u);
  EXPECT_GT(other_name, 0u);
}

// Nobody else shares the memory and the string was there both times.
TEST_F(Record, CallsAStringThatStayedTheSameNeitherLateNorChanged) {
  const std::string path = directory_ / std::string(100, 'n');
  record_command({}, {"sh", "-c", ": > " + path});
  auto reader = TraceReader::open(directory_ / "x.vtrace");
  ASSERT_TRUE(reader) << reader.error().message;
  uint64_t found = 0;
  while (true) {
    const auto item = reader->next();
    if (!item || !*item) break;
    if (!item->event || item->event->descriptor->name != "openat") continue;
    const Part* passed = item->event->part(1, PartKind::kString);
    if (!passed || passed->data != path) continue;
    ++found;
    EXPECT_EQ(passed->flags, 0);
    EXPECT_FALSE(item->event->part(1, PartKind::kStringAfter));
  }
  EXPECT_EQ(found, 1u);
}

// One agent, ten cgroups: each trace holds the marker of its own alone.
TEST_F(Record, KeepsTenContainersApart) {
  constexpr int kCount = 10;
  std::vector<Cgroup> cgroups;
  std::vector<std::string> options = {"record", "-o", directory_ / "out"};
  for (int i = 0; i < kCount; ++i) {
    auto made = Cgroup::create("vestige-test-" + std::to_string(getpid()) +
                               "-" + std::to_string(i));
    ASSERT_TRUE(made) << made.error().message;
    cgroups.push_back(std::move(*made));
    options.insert(options.end(), {"--cgroup", cgroups.back().path()});
  }
  std::vector<pid_t> children;
  for (int i = 0; i < kCount; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      raise(SIGSTOP);
      const std::string marker = "marker-" + std::string(1, char('a' + i));
      for (int round = 0; round < 20; ++round)
        access(("/nowhere/" + marker).c_str(), F_OK);
      _exit(0);
    }
    children.push_back(child);
    ASSERT_TRUE(cgroups[size_t(i)].move_here(child));
  }
  Agent agent(options);
  ASSERT_TRUE(agent.wait_ready()) << agent.messages();
  for (const pid_t child : children) kill(child, SIGCONT);
  for (const pid_t child : children) waitpid(child, nullptr, 0);
  EXPECT_EQ(agent.wait(), 0) << agent.messages();
  for (int i = 0; i < kCount; ++i) {
    const std::string& path = cgroups[size_t(i)].path();
    const TraceContent trace = read_trace(
        directory_ / ("out" + path.substr(path.rfind('/')) + ".vtrace"));
    EXPECT_TRUE(trace.is_complete);
    for (int other = 0; other < kCount; ++other)
      EXPECT_EQ(trace.mentions("marker-" + std::string(1, char('a' + other))),
                i == other)
          << i << " " << other;
  }
  for (Cgroup& cgroup : cgroups) cgroup.remove();
}

// More slots than the kernel program asks one by one.
TEST_F(Record, TakesTheCgroupsMadeInsideASelectedOne) {
  constexpr int kCount = 4;
  std::vector<Cgroup> cgroups;
  std::vector<std::string> options = {"record", "-o", directory_ / "out"};
  const std::string base = "vestige-test-in-" + std::to_string(getpid());
  for (int i = 0; i < kCount; ++i) {
    auto made = Cgroup::create(base + "-" + std::to_string(i));
    ASSERT_TRUE(made) << made.error().message;
    cgroups.push_back(std::move(*made));
    options.insert(options.end(), {"--cgroup", cgroups.back().path()});
  }
  const pid_t child = fork();
  if (child == 0) {
    raise(SIGSTOP);
    access("/nowhere/before", F_OK);
    raise(SIGSTOP);
    access("/nowhere/inside", F_OK);
    _exit(0);
  }
  for (Cgroup& cgroup : cgroups) ASSERT_TRUE(cgroup.move_here(child));
  Agent agent(options);
  ASSERT_TRUE(agent.wait_ready()) << agent.messages();
  kill(child, SIGCONT);
  waitpid(child, nullptr, WUNTRACED);
  const std::string inner =
      cgroup_mount().value() + cgroups.back().path() + "/inner";
  std::filesystem::create_directory(inner);
  std::ofstream(inner + "/cgroup.procs") << child << std::flush;
  kill(child, SIGCONT);
  waitpid(child, nullptr, 0);
  agent.send(SIGINT);
  EXPECT_EQ(agent.wait(), 0) << agent.messages();
  std::filesystem::remove(inner);
  const std::string& path = cgroups.back().path();
  const TraceContent trace = read_trace(
      directory_ / ("out" + path.substr(path.rfind('/')) + ".vtrace"));
  EXPECT_TRUE(trace.mentions("/nowhere/before"));
  EXPECT_TRUE(trace.mentions("/nowhere/inside"));
  EXPECT_EQ(trace.calls.count("cgroup_move"), 1u);
  EXPECT_TRUE(trace.mentions(path + "/inner"));
  for (Cgroup& cgroup : cgroups) cgroup.remove();
}

TEST_F(Record, LeavesAReadablePartWhenKilled) {
  const std::string path = directory_ / "x.vtrace";
  const std::string started = directory_ / "started";
  Agent agent({"record", "-o", path, "--", "sh", "-c",
               "for i in $(seq 1000); do : < /etc/passwd; sleep 0.01; "
               "[ $i = 150 ] && : > " +
                   started + "; done"});
  ASSERT_TRUE(wait_for_file(started)) << agent.messages();
  // The last second may be missing.
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  agent.send(SIGKILL);
  EXPECT_EQ(agent.wait(), -SIGKILL);
  EXPECT_FALSE(std::filesystem::exists(path));
  const TraceContent trace = read_trace(path + ".partial");
  EXPECT_FALSE(trace.is_complete);
  EXPECT_GT(trace.calls.at("openat"), 50u);
  // What the agent can no longer do.
  if (auto left = Cgroup::open(trace.header.container.cgroup_path)) {
    for (const pid_t pid : left->processes()) kill(pid, SIGKILL);
    left->remove();
  }
}

TEST_F(Record, EndsOnInterruptWithAWholeTrace) {
  const std::string path = directory_ / "x.vtrace";
  const std::string started = directory_ / "started";
  Agent agent({"record", "-o", path, "--", "sh", "-c",
               ": > " + started + "; exec sleep 10"});
  ASSERT_TRUE(wait_for_file(started)) << agent.messages();
  agent.send(SIGINT);
  EXPECT_EQ(agent.wait(), 0) << agent.messages();
  EXPECT_EQ(read_trace(path).end.reason, EndReason::kInterrupted);
}

TEST_F(Record, TellsCallsThatHadNotReturned) {
  const std::string path = directory_ / "x.vtrace";
  const std::string started = directory_ / "started";
  Agent agent({"record", "-o", path, "--", "sh", "-c",
               ": > " + started + "; exec sleep 10"});
  ASSERT_TRUE(wait_for_file(started)) << agent.messages();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  agent.send(SIGTERM);
  EXPECT_EQ(agent.wait(), 0) << agent.messages();
  const TraceContent trace = read_trace(path);
  ASSERT_EQ(trace.in_flight.size(), 1u);
  EXPECT_EQ(trace.in_flight[0], "clock_nanosleep");
}

TEST_F(Record, TellsHowATaskEndedThatNeverReturned) {
  const TraceContent trace = record_command({}, {"true"});
  EXPECT_THAT(trace.in_flight, ::testing::ElementsAre("exit_group"));
}

TEST_F(Record, EndsATraceThatHasGrownToItsLimit) {
  const std::string path = directory_ / "x.vtrace";
  Agent agent({"record", "-o", path, "--max-size", "64KB", "--", "sh", "-c",
               "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); : < /; done"});
  EXPECT_EQ(agent.wait(), 0) << agent.messages();
  EXPECT_EQ(read_trace(path).end.reason, EndReason::kSizeLimit);
}

TEST_F(Record, RefusesToOverwrite) {
  const std::string path = directory_ / "x.vtrace";
  record_command({}, {"true"});
  Agent agent({"record", "-o", path, "--", "true"});
  EXPECT_EQ(agent.wait(), 4);
  EXPECT_THAT(agent.messages(), HasSubstr(path));
}

TEST_F(Record, TellsWhyACommandCannotRun) {
  Agent agent({"record", "-o", directory_ / "x", "--", "/no/such/program"});
  EXPECT_EQ(agent.wait(), 4);
  EXPECT_THAT(agent.messages(), HasSubstr("No such file"));
}

}  // namespace
}  // namespace vestige::testing
