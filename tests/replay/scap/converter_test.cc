// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/converter.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <netinet/in.h>

#include "tests/replay/scap/scap_bytes.h"

namespace vestige {
namespace {

// Codes of events.def.
constexpr uint16_t kOpen = 2, kClose = 4, kRead = 6, kConnect = 22,
                   kClone = 222, kExecve = 292, kExit = 186, kSyscall = 0;

KeepingSink converted(const ScapBytes& file) {
  KeepingSink sink;
  EXPECT_EQ(convert(file.bytes(), sink), BlockReader::Outcome::kEnd);
  return sink;
}

std::vector<std::string> clone_params(int64_t ret, int64_t tid, int64_t pid,
                                      int64_t parent, uint32_t flags,
                                      int64_t ns_tid, int64_t ns_pid) {
  return {le(ret),
          text_param("prog"),
          "",
          le(tid),
          le(pid),
          le(parent),
          text_param("/"),
          le(int64_t{1024}),
          le(uint64_t{0}),
          le(uint64_t{0}),
          le(0u),
          le(0u),
          le(0u),
          text_param("prog"),
          "",
          le(flags),
          le(0u),
          le(0u),
          le(ns_tid),
          le(ns_pid)};
}

ScapBytes& add_clone(ScapBytes& file, uint64_t time_ns, uint64_t by,
                     const std::vector<std::string>& params) {
  return file.block(BlockType::kEvent2,
                    event_body(time_ns, by, kClone + 1, params));
}

TEST(ScapConverter, MakesOneEventOfEntryAndReturn) {
  const auto sink =
      converted(ScapBytes()
                    .process(7, 7, 1, "cat")
                    .event(100, 7, kOpen, {})
                    .event(150, 7, kOpen + 1,
                           {fd_param(3), text_param("/etc/passwd"), le(4097u),
                            le(0u), le(0x801u), le(uint64_t{42})}));
  ASSERT_EQ(sink.events.size(), 1u);
  const KeptEvent& open = sink.find("open");
  EXPECT_EQ(open.event.flags, kHasEnter);
  EXPECT_EQ(open.event.time_ns, 150u);
  EXPECT_EQ(open.event.duration_ns, 50u);
  EXPECT_EQ(open.event.cpu, 3);
  EXPECT_EQ(open.event.ret, 3);
  EXPECT_EQ(open.event.args[1], 02000000u);
  EXPECT_EQ(open.data(PartKind::kString, 0), "/etc/passwd");
  const auto file =
      read_part<FilePart>(*open.event.part(kReturnArg, PartKind::kFile));
  EXPECT_EQ(file.inode, 42u);
  EXPECT_EQ(file.dev_major, 8u);
  EXPECT_EQ(file.dev_minor, 1u);
}

TEST(ScapConverter, MarksWhatNobodyTold) {
  const auto sink =
      converted(ScapBytes()
                    .process(7, 7, 1, "cat")
                    .event(100, 7, kRead + 1, {le(int64_t{5}), "hello"}));
  const KeptEvent& read = sink.find("read");
  EXPECT_EQ(read.event.flags, 0);
  EXPECT_EQ(read.data(PartKind::kPayload, 1), "hello");
  EXPECT_TRUE(read.is_unknown(0));
  EXPECT_FALSE(read.is_unknown(1));
  EXPECT_TRUE(read.is_unknown(2));
  EXPECT_FALSE(read.is_unknown(kReturnArg));
}

TEST(ScapConverter, KnowsAllFromReturnsThatTellAll) {
  const auto sink = converted(
      ScapBytes()
          .process(7, 7, 1, "cat")
          .event(100, 7, kRead + 1,
                 {le(int64_t{500}), "hello", fd_param(4), le(4096u)}));
  const KeptEvent& read = sink.find("read");
  EXPECT_EQ(read.event.args[0], 4u);
  EXPECT_EQ(read.event.args[2], 4096u);
  const Part* data = read.event.part(1, PartKind::kPayload);
  EXPECT_EQ(data->full_size, 500u);
  EXPECT_EQ(data->flags, kPartTruncated);
}

TEST(ScapConverter, CallsThatNeverReturnAreInFlight) {
  const auto sink = converted(ScapBytes()
                                  .process(7, 7, 1, "cat")
                                  .event(100, 7, kRead, {fd_param(0), le(9u)})
                                  .event(180, 9, kClose, {fd_param(1)}));
  const KeptEvent& read = sink.find("read");
  EXPECT_EQ(read.event.flags, kHasEnter | kInFlight);
  EXPECT_EQ(read.event.enter_ns(), 100u);
  EXPECT_EQ(read.event.time_ns, 180u);
  EXPECT_TRUE(read.is_unknown(kReturnArg));
  EXPECT_EQ(sink.lost(LossReason::kHalfCall), 0u);
}

TEST(ScapConverter, CountsReturnsThatAreMissing) {
  const auto sink = converted(ScapBytes()
                                  .process(7, 7, 1, "cat")
                                  .event(100, 7, kRead, {fd_param(0), le(9u)})
                                  .event(120, 7, kClose, {fd_param(0)})
                                  .event(130, 7, kClose + 1, {le(int64_t{0})}));
  EXPECT_EQ(sink.lost(LossReason::kHalfCall), 1u);
  EXPECT_EQ(sink.find("read").event.flags, kHasEnter | kInFlight);
  EXPECT_EQ(sink.find("close").event.duration_ns, 10u);
}

TEST(ScapConverter, ProcessListBecomesASnapshot) {
  const auto sink = converted(ScapBytes()
                                  .process(7, 7, 1, "cat")
                                  .process(8, 7, 1, "worker")
                                  .event(100, 8, kClose, {fd_param(1)}));
  ASSERT_EQ(sink.snapshots.size(), 1u);
  ASSERT_EQ(sink.snapshots[0].processes.size(), 1u);
  const ProcessState& cat = sink.snapshots[0].processes[0];
  EXPECT_EQ(cat.comm, "cat");
  EXPECT_EQ(cat.task.pid, 7u);
  EXPECT_EQ(cat.task.parent_pid, 1u);
  EXPECT_EQ(cat.exe, "/bin/x");
  EXPECT_EQ(cat.argv, (std::vector<std::string>{"cat", "-a"}));
  EXPECT_EQ(cat.env, std::vector<std::string>{"A=1"});
  EXPECT_EQ(cat.cwd, "/home/");
  EXPECT_EQ(cat.credentials.euid, 1000u);
  EXPECT_EQ(cat.threads.size(), 2u);
  EXPECT_EQ(sink.find("close").event.pid, 7u);
  EXPECT_EQ(sink.find("close").event.tid, 8u);
}

TEST(ScapConverter, SaysWhichProcessesAreNotKnown) {
  const auto sink = converted(ScapBytes().event(1, 9, kClose, {fd_param(1)}));
  EXPECT_EQ(sink.find("close").event.pid, 9u);
  EXPECT_EQ(sink.lost(LossReason::kProcessUnknown), 1u);
}

TEST(ScapConverter, TellsAForkOnceWhoeverReturnsFirst) {
  const auto parent = clone_params(20, 7, 7, 1, 0, 7, 7);
  const auto child = clone_params(0, 20, 20, 7, 0, 20, 20);
  for (const bool child_first : {false, true}) {
    ScapBytes file = ScapBytes().process(7, 7, 1, "sh");
    if (child_first) add_clone(file, 99, 20, child);
    add_clone(file, 100, 7, parent);
    if (!child_first) add_clone(file, 101, 20, child);
    const auto sink = converted(file);
    EXPECT_EQ(sink.count("task_fork"), 1u);
    EXPECT_EQ(sink.count("clone"), 2u);
    const KeptEvent& fork = sink.find("task_fork");
    EXPECT_EQ(fork.event.pid, 7u);
    EXPECT_EQ(fork.event.args[0], 20u);
    const auto task =
        read_part<TaskPart>(*fork.event.part(kReturnArg, PartKind::kTask));
    EXPECT_EQ(task.pid, 20u);
    EXPECT_EQ(task.parent_pid, 7u);
  }
}

TEST(ScapConverter, TrustsOnlyTheChildAcrossPidNamespaces) {
  ScapBytes file = ScapBytes().process(70, 70, 1, "sh");
  // The parent is number 7 in its namespace and is told 8, really 80.
  add_clone(file, 100, 70, clone_params(8, 70, 70, 1, 0, 7, 7));
  add_clone(file, 101, 80, clone_params(0, 80, 80, 70, 0, 8, 8));
  const auto sink = converted(file);
  ASSERT_EQ(sink.count("task_fork"), 1u);
  EXPECT_EQ(sink.find("task_fork").event.args[0], 80u);
}

TEST(ScapConverter, ThreadsBelongToTheirProcess) {
  constexpr uint32_t kThread = 1 << 13;
  ScapBytes file = ScapBytes().process(7, 7, 1, "java");
  add_clone(file, 100, 7, clone_params(21, 7, 7, 1, kThread, 7, 7));
  file.event(110, 21, kClose, {fd_param(1)});
  const auto sink = converted(file);
  EXPECT_EQ(sink.find("task_fork").event.args[2], uint64_t{CLONE_THREAD});
  EXPECT_EQ(sink.find("close").event.pid, 7u);
}

TEST(ScapConverter, SuccessfulExecsTellWhatRuns) {
  const auto sink = converted(
      ScapBytes()
          .process(7, 7, 1, "sh")
          .event(100, 7, kExecve, {text_param("/bin/ls")})
          .event(150, 7, kExecve + 1,
                 {le(int64_t{0}), text_param("ls"), std::string("-l\0", 3),
                  le(int64_t{7}), le(int64_t{7}), le(int64_t{1}),
                  text_param("/tmp"), le(int64_t{0}), le(int64_t{0}),
                  le(int64_t{0}), le(0u), le(0u), le(0u), text_param("ls"), "",
                  std::string("B=2\0", 4)}));
  const KeptEvent& exec = sink.find("task_exec");
  EXPECT_EQ(exec.data(PartKind::kString, kTaskArg), "/bin/ls");
  EXPECT_EQ(exec.data(PartKind::kArgv, kTaskArg),
            std::string_view("ls\0-l\0", 6));
  EXPECT_EQ(exec.data(PartKind::kEnv, kTaskArg), std::string_view("B=2\0", 4));
  EXPECT_EQ(exec.data(PartKind::kComm, kTaskArg), "ls");
  EXPECT_EQ(exec.data(PartKind::kCwd, kTaskArg), "/tmp");
  EXPECT_EQ(sink.find("execve").event.duration_ns, 50u);
}

TEST(ScapConverter, FailedExecsDoNot) {
  const auto sink = converted(
      ScapBytes()
          .process(7, 7, 1, "sh")
          .event(100, 7, kExecve, {text_param("/none")})
          .event(150, 7, kExecve + 1, {le(int64_t{-2}), text_param("sh")}));
  EXPECT_EQ(sink.count("task_exec"), 0u);
  EXPECT_EQ(sink.find("execve").event.ret, -2);
}

TEST(ScapConverter, ReadsHowATaskEndedFromOldAndNewEvents) {
  const auto sink = converted(ScapBytes()
                                  .process(7, 7, 1, "a")
                                  .process(8, 8, 1, "b")
                                  .event(100, 7, kExit, {le(int64_t{0x0300})})
                                  .event(101, 8, kExit,
                                         {le(int64_t{9}), le(int64_t{0}),
                                          le(uint8_t{9}), le(uint8_t{1})}));
  EXPECT_EQ(sink.find("task_exit").event.args[0], 3u);
  EXPECT_EQ(sink.find("task_exit").event.args[3], 1u);
  EXPECT_EQ(sink.find("task_exit", 1).event.args[1], 9u);
  EXPECT_EQ(sink.find("task_exit", 1).event.args[2], 1u);
}

TEST(ScapConverter, TuplesGiveEndpointsAndAddress) {
  const std::string tuple =
      le(uint8_t{AF_INET}) + inet("10.0.0.1", 4000) + inet("10.0.0.2", 80);
  const auto sink =
      converted(ScapBytes()
                    .process(7, 7, 1, "curl")
                    .event(100, 7, kConnect, {fd_param(3)})
                    .event(150, 7, kConnect + 1, {le(int64_t{-115}), tuple}));
  const KeptEvent& connect = sink.find("connect");
  sockaddr_in address{};
  const std::string_view bytes = connect.data(PartKind::kSockaddr, 1);
  ASSERT_EQ(bytes.size(), sizeof address);
  memcpy(&address, bytes.data(), sizeof address);
  EXPECT_EQ(ntohs(address.sin_port), 80);
  const auto socket =
      read_part<SocketPart>(*connect.event.part(0, PartKind::kSocket));
  EXPECT_EQ(socket.local_port, 4000);
  EXPECT_EQ(socket.peer_port, 80);
  EXPECT_EQ(socket.local_address[3], 1);
}

TEST(ScapConverter, CallsWithoutAnEventTypeAreNamedByNumber) {
  const auto sink = converted(
      ScapBytes()
          .process(7, 7, 1, "x")
          .event(100, 7, kSyscall, {le(uint16_t{75}), le(uint16_t{10})})
          .event(110, 7, kSyscall + 1, {le(uint16_t{75})})
          // This one the format has no number for, the machine does.
          .event(120, 7, kSyscall, {le(uint16_t{0}), le(uint16_t{221})})
          .event(130, 7, kSyscall + 1, {le(uint16_t{0})}));
  EXPECT_TRUE(sink.find("mprotect").is_unknown(kReturnArg));
  EXPECT_EQ(sink.find("fadvise64").event.duration_ns, 10u);
  EXPECT_EQ(sink.lost(LossReason::kUnknownType), 0u);
}

TEST(ScapConverter, TextThatCouldNotBeReadIsMarked) {
  const auto sink = converted(
      ScapBytes()
          .process(7, 7, 1, "x")
          .event(100, 7, kOpen + 1, {fd_param(-14), text_param("<NA>")})
          .event(101, 7, kOpen + 1, {fd_param(-14), text_param("(NULL)")}));
  const Part* text = sink.find("open").event.part(0, PartKind::kString);
  EXPECT_EQ(text->flags, kPartFault);
  EXPECT_EQ(text->data, "");
  EXPECT_EQ(sink.find("open", 1).event.part(0, PartKind::kString), nullptr);
  EXPECT_FALSE(sink.find("open", 1).is_unknown(0));
}

TEST(ScapConverter, ReadsEventsThatDoNotCountTheirParameters) {
  const auto sink = converted(
      ScapBytes()
          .process(7, 7, 1, "x")
          .block(BlockType::kEvent1,
                 event_body(100, 7, kRead, {fd_param(5), le(64u)}, false))
          .block(BlockType::kEvent1,
                 event_body(110, 7, kRead + 1, {le(int64_t{2}), "ab"}, false)));
  EXPECT_EQ(sink.find("read").event.args[0], 5u);
  EXPECT_EQ(sink.find("read").data(PartKind::kPayload, 1), "ab");
}

TEST(ScapConverter, CountsWhatItDoesNotKnow) {
  const auto sink = converted(ScapBytes()
                                  .process(7, 7, 1, "x")
                                  .event(100, 7, 60000, {"?"})
                                  .block(BlockType{0x999}, "later")
                                  .block(BlockType::kEvent2, "short"));
  EXPECT_EQ(sink.lost(LossReason::kUnknownType), 1u);
  EXPECT_EQ(sink.lost(LossReason::kUnknownBlock), 1u);
  EXPECT_EQ(sink.lost(LossReason::kBadRecord), 1u);
}

TEST(ScapConverter, HostileLengthsAreLossesNotCrashes) {
  std::string entry = le(~0u) + "x";
  std::string event = event_body(100, 7, kRead, {fd_param(5), le(64u)});
  std::string far = event;
  far[2 + 16] = '\xff';  // length of the event
  std::string many = event;
  many[2 + 22] = '\xff';  // number of parameters
  const auto sink = converted(ScapBytes()
                                  .block(BlockType::kProcessList9, entry)
                                  .block(BlockType::kFdList2, le(7) + entry)
                                  .block(BlockType::kEvent2, far)
                                  .block(BlockType::kEvent2, many));
  EXPECT_EQ(sink.lost(LossReason::kBadRecord), 4u);
  EXPECT_TRUE(sink.events.empty());
}

}  // namespace
}  // namespace vestige
