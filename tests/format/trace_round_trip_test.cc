// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <span>

#include "format/verify.h"
#include "tests/format/trace_fixture.h"

namespace vestige {
namespace {

std::vector<OwnedEvent> write_random(const std::string& path, uint32_t seed,
                                     size_t count,
                                     const WriterOptions& options) {
  auto writer = TraceWriter::create(path, some_header(), options);
  EXPECT_TRUE(writer) << writer.error().message;
  EventMaker maker(seed);
  std::vector<OwnedEvent> events;
  for (size_t i = 0; i < count; ++i) {
    events.push_back(maker.next());
    EXPECT_TRUE(writer->append(events.back().event));
  }
  EXPECT_EQ(writer->events(), count);
  EXPECT_TRUE(writer->close({.reason = EndReason::kDuration}));
  return events;
}

TEST(Trace, RandomEventsComeBackAsTheyWere) {
  const TempDir dir;
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    const std::string path = dir.file(std::to_string(seed));
    const auto events =
        write_random(path, seed, 200 * seed, {.chunk_events = 97 * seed});
    const auto read = read_trace(path);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->events.size(), events.size());
    for (size_t i = 0; i < events.size(); ++i) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << " event " << i);
      expect_equal(events[i], read->events[i]);
      ASSERT_FALSE(testing::Test::HasFailure());
    }
    EXPECT_TRUE(read->is_complete);
    EXPECT_THAT(read->losses, testing::IsEmpty());
    EXPECT_EQ(read->end.events, events.size());
    EXPECT_EQ(read->end.reason, EndReason::kDuration);
  }
}

// The way of a flight recorder: chunks made in memory, some let go, the rest
// put into a file. They read as if the file had been written at once.
TEST(Trace, ChunksMadeInMemoryReadBackFromAFile) {
  const TempDir dir;
  std::vector<TraceChunk> chunks;
  auto memory = TraceWriter::in_memory(
      [&chunks](TraceChunk chunk) { chunks.push_back(std::move(chunk)); },
      {.chunk_events = 100});
  EventMaker maker(3);
  std::vector<OwnedEvent> events;
  for (size_t i = 0; i < 950; ++i) {
    events.push_back(maker.next());
    ASSERT_TRUE(memory.append(events.back().event));
    if (i == 449) memory.add_loss({LossReason::kRingFull, 7, 1, 2, "here"});
  }
  ASSERT_TRUE(memory.append(Snapshot{.time_ns = 5, .end_ns = 6}));
  ASSERT_TRUE(memory.close({}));
  EXPECT_EQ(memory.events(), 950u);
  ASSERT_EQ(chunks.size(), 11u);
  const std::string path = dir.file("x");
  auto writer = TraceWriter::create(path, some_header());
  ASSERT_TRUE(writer);
  for (const TraceChunk& chunk : std::span(chunks).subspan(3))
    ASSERT_TRUE(writer->append(chunk));
  ASSERT_TRUE(writer->close({.reason = EndReason::kTriggerOver}));
  const auto read = read_trace(path);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->events.size(), 650u);
  for (size_t i = 0; i < 650; ++i)
    expect_equal(events[300 + i], read->events[i]);
  ASSERT_EQ(read->losses.size(), 1u);
  EXPECT_EQ(read->losses[0].where, "here");
  ASSERT_EQ(read->end.losses.size(), 1u);
  EXPECT_EQ(read->end.losses[0].count, 7u);
  EXPECT_EQ(read->end.reason, EndReason::kTriggerOver);
  const auto checked = verify_trace(path);
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->verdict, Verdict::kIntactUnsigned) << checked->sentence;
}

TEST(Trace, TriggersOfAFlightRecorderComeBack) {
  const TempDir dir;
  const std::string path = dir.file("x");
  TraceHeader header = some_header();
  header.flight = {.before_ns = 30,
                   .after_ns = 10,
                   .held_from_ns = 4,
                   .released_events = 9,
                   .muted_triggers = 2,
                   .triggers = {{"oom", "killed", "", {50, 60}}}};
  auto writer = TraceWriter::create(path, header);
  ASSERT_TRUE(writer);
  TraceEnd end{.reason = EndReason::kTriggerOver, .flight = header.flight};
  end.flight.triggers.push_back({"http", "Shell", "{}", {70, 80}});
  ASSERT_TRUE(writer->close(end));
  const auto read = read_trace(path);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->header.flight.released_events, 9u);
  EXPECT_EQ(read->header.flight.triggers.size(), 1u);
  ASSERT_EQ(read->end.flight.triggers.size(), 2u);
  EXPECT_EQ(read->end.flight.triggers[0].reason, "killed");
  EXPECT_EQ(read->end.flight.triggers[1].detail, "{}");
  EXPECT_EQ(read->end.flight.triggers[1].time.unix_ns, 80);
  EXPECT_EQ(read->end.flight.muted_triggers, 2u);
}

TEST(Trace, HeaderEndAndLossesComeBack) {
  const TempDir dir;
  const std::string path = dir.file("x");
  auto writer = TraceWriter::create(path, some_header());
  ASSERT_TRUE(writer);
  EventMaker maker(1);
  ASSERT_TRUE(writer->append(maker.next().event));
  writer->add_loss({LossReason::kRingFull, 7, 100, 200, "cpu 1"});
  writer->add_loss({LossReason::kRingFull, 2, 50, 120, "cpu 2"});
  ASSERT_TRUE(writer->close({.reason = EndReason::kCommandExited,
                             .detail = "exit 3",
                             .end = {5, 6},
                             .container = {.name = "later"}}));
  const auto read = read_trace(path);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->header.container.labels, some_header().container.labels);
  EXPECT_EQ(read->header.command, some_header().command);
  EXPECT_EQ(read->header.start.unix_ns, some_header().start.unix_ns);
  EXPECT_TRUE(read->header.has_enter);
  ASSERT_EQ(read->losses.size(), 2u);
  EXPECT_EQ(read->losses[0].where, "cpu 1");
  EXPECT_EQ(read->losses[0].count, 7u);
  EXPECT_EQ(read->end.detail, "exit 3");
  EXPECT_EQ(read->end.container.name, "later");
  EXPECT_EQ(read->end.end.unix_ns, 6);
  const auto total =
      std::ranges::find(read->end.losses, LossReason::kRingFull, &Loss::reason);
  ASSERT_NE(total, read->end.losses.end());
  EXPECT_EQ(total->count, 9u);
  EXPECT_EQ(total->from_ns, 50u);
  EXPECT_EQ(total->to_ns, 200u);
}

Snapshot some_snapshot(int processes) {
  Snapshot snapshot{.time_ns = 10, .end_ns = 20};
  snapshot.source = SnapshotSource::kKernel;
  for (int i = 0; i < processes; ++i) {
    ProcessState process;
    process.task.pid = uint32_t(i);
    process.task.parent_start_ns = 99;
    process.start_is_exact = i % 2;
    process.is_selected = i % 3;
    process.credentials.cap_ambient = 5;
    process.comm = "\xff\x01";
    process.exe = "/bin/sh (deleted)";
    process.exe_file.inode = 77;
    process.cwd = "/";
    process.argv = {"sh", "", "-c"};
    process.env = {"A=1"};
    process.threads = {{1, 2, 3, "t"}};
    process.fds = {{.fd = 3, .target = "/x", .file = {.inode = 3}},
                   {.fd = 4,
                    .close_on_exec = true,
                    .target = "socket:[9]",
                    .socket = SocketPart{.family = 2, .local_port = 80}}};
    snapshot.processes.push_back(process);
  }
  snapshot.mounts = {{1, 2, 3, 4, 5, "/", "/proc", "rw", "proc", "none"}};
  return snapshot;
}

TEST(Trace, SnapshotsComeBackWhereTheyWere) {
  const TempDir dir;
  const std::string path = dir.file("x");
  auto writer = TraceWriter::create(path, some_header());
  ASSERT_TRUE(writer);
  EventMaker maker(1);
  ASSERT_TRUE(writer->append(maker.next().event));
  ASSERT_TRUE(writer->append(some_snapshot(9000)));  // several pieces
  ASSERT_TRUE(writer->append(maker.next().event));
  ASSERT_TRUE(writer->close({}));

  auto reader = TraceReader::open(path);
  ASSERT_TRUE(reader);
  EXPECT_TRUE(reader->next()->event);
  const auto item = reader->next();
  ASSERT_TRUE(item->snapshot);
  const Snapshot& read = *item->snapshot;
  EXPECT_EQ(read.source, SnapshotSource::kKernel);
  ASSERT_EQ(read.processes.size(), 9000u);
  EXPECT_EQ(read.time_ns, 10u);
  EXPECT_EQ(read.end_ns, 20u);
  const ProcessState& process = read.processes[8999];
  EXPECT_EQ(process.task.pid, 8999u);
  EXPECT_EQ(process.task.parent_start_ns, 99u);
  EXPECT_TRUE(process.start_is_exact);
  EXPECT_TRUE(process.is_selected);
  EXPECT_FALSE(read.processes[3].is_selected);
  EXPECT_EQ(process.credentials.cap_ambient, 5u);
  EXPECT_EQ(process.comm, "\xff\x01");
  EXPECT_EQ(process.exe, "/bin/sh (deleted)");
  EXPECT_EQ(process.exe_file.inode, 77u);
  EXPECT_THAT(process.argv, testing::ElementsAre("sh", "", "-c"));
  EXPECT_EQ(process.threads.at(0).start_ns, 3u);
  EXPECT_FALSE(process.fds.at(0).socket);
  EXPECT_EQ(process.fds.at(1).socket.value().local_port, 80);
  EXPECT_TRUE(process.fds.at(1).close_on_exec);
  ASSERT_EQ(read.mounts.size(), 1u);
  EXPECT_EQ(read.mounts[0].mount_point, "/proc");
  EXPECT_TRUE(reader->next()->event);
  EXPECT_FALSE(*reader->next());
}

TEST(Trace, DescriptorsTravelInTheFile) {
  const TempDir dir;
  const std::string path = dir.file("x");
  Descriptor newer{
      .type = {Abi::kX86_64, 4000}, .name = "futuristic", .arg_count = 2};
  newer.args[0] = {ArgKind::kFd, "fd"};
  newer.args[1] = {ArgKind(200), "what"};
  auto writer = TraceWriter::create(path, some_header());
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->append({.type = newer.type, .descriptor = &newer}));
  ASSERT_TRUE(writer->append({.type = {Abi::kX86_64, 4001}, .args = {1, 2}}));
  ASSERT_TRUE(writer->close({}));
  auto reader = TraceReader::open(path);
  ASSERT_TRUE(reader);
  const Descriptor* read = reader->next()->event->descriptor;
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "futuristic");
  EXPECT_EQ(read->arg_count, 2);
  EXPECT_EQ(read->args[1].name, "what");
  EXPECT_EQ(read->args[1].kind, ArgKind(200));
  EXPECT_EQ(reader->descriptor(newer.type), read);
  const Event* unknown = reader->next()->event;
  EXPECT_EQ(unknown->descriptor->name, "unknown_4001");
  EXPECT_EQ(unknown->args[1], 2u);
  EXPECT_FALSE(*reader->next());
  ASSERT_EQ(reader->end().losses.size(), 1u);
  EXPECT_EQ(reader->end().losses[0].reason, LossReason::kUnknownType);
}

TEST(Trace, ColumnsNotAskedForAreLeftOut) {
  const TempDir dir;
  const std::string path = dir.file("x");
  const auto events = write_random(path, 5, 5000, {});
  const auto some = read_trace(path, {.columns = kColumnTime | kColumnParts});
  ASSERT_TRUE(some) << some.error().message;
  ASSERT_EQ(some->events.size(), events.size());
  for (size_t i = 0; i < events.size(); ++i) {
    const OwnedEvent& read = some->events[i];
    ASSERT_EQ(read.event.time_ns, events[i].event.time_ns);
    ASSERT_EQ(read.event.tid, events[i].event.tid);
    ASSERT_EQ(read.event.ret, 0);
    ASSERT_EQ(read.event.args, (std::array<uint64_t, kMaxArgs>{}));
    ASSERT_EQ(read.parts.size(), events[i].parts.size());
    for (size_t j = 0; j < read.parts.size(); ++j) {
      ASSERT_EQ(read.parts[j].full_size, events[i].parts[j].full_size);
      if (read.parts[j].kind == PartKind::kPayload)
        ASSERT_EQ(read.parts[j].data, "");
      else
        ASSERT_EQ(read.parts[j].data, events[i].parts[j].data);
    }
  }
}

TEST(Trace, IsReadableWithStockZstdAndProtoc) {
  const TempDir dir;
  const std::string path = dir.file("x");
  write_random(path, 3, 3000, {.chunk_events = 1000});
  const std::string command = "zstd -dc < " + path +
                              " | protoc --decode=vestige.Trace -I " +
                              std::string(VESTIGE_SOURCE_DIR) +
                              "/format trace.proto > " + dir.file("text");
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::string text = read_file(dir.file("text"));
  EXPECT_THAT(text, testing::HasSubstr("host_name: \"node-1\""));
  EXPECT_THAT(text, testing::HasSubstr("name: \"openat\""));
  EXPECT_THAT(text, testing::HasSubstr("end {"));
  size_t dictionaries = 0;
  for (size_t at = 0; (at = text.find("dictionary {", at)) != text.npos; ++at)
    ++dictionaries;
  EXPECT_EQ(dictionaries, 3u);
}

TEST(TraceWriter, NamesTheFilePartialUntilItIsClosed) {
  const TempDir dir;
  const std::string path = dir.file("x");
  auto writer = TraceWriter::create(path, some_header());
  ASSERT_TRUE(writer);
  EXPECT_TRUE(std::filesystem::exists(path + ".partial"));
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(
      std::filesystem::status(path + ".partial").permissions(),
      std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  ASSERT_TRUE(writer->close({}));
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST(TraceWriter, RefusesToReplaceAFile) {
  const TempDir dir;
  write_file(dir.file("x"), "precious");
  const auto writer = TraceWriter::create(dir.file("x"), some_header());
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().kind, ErrorKind::kSystem);
  EXPECT_THAT(writer.error().message, testing::HasSubstr(dir.file("x")));
}

TEST(TraceWriter, FlushesWhenTheFirstEventIsOldEnough) {
  const TempDir dir;
  auto writer =
      TraceWriter::create(dir.file("x"), some_header(), {.flush_ns = 1000});
  ASSERT_TRUE(writer);
  const uint64_t before = writer->bytes();
  ASSERT_TRUE(writer->append({.type = {Abi::kX86_64, 0}, .time_ns = 5000}));
  ASSERT_TRUE(writer->flush_if_due(5999));
  EXPECT_EQ(writer->bytes(), before);
  ASSERT_TRUE(writer->flush_if_due(6000));
  EXPECT_GT(writer->bytes(), before);
}

// The kernel refuses writes beyond a limit, as a full disk would.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(uint64_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_ = {};
};

TEST(TraceWriter, CountsWhatTheDiskRefusedAndGoesOn) {
  const TempDir dir;
  const std::string path = dir.file("x");
  auto writer = TraceWriter::create(path, some_header(), {.chunk_events = 10});
  ASSERT_TRUE(writer);
  EventMaker maker(1);
  uint64_t refusals = 0;
  {
    const FileSizeLimit limit(20'000);
    for (int i = 0; i < 500; ++i) {
      const auto done = writer->append(maker.next().event);
      if (done) continue;
      ++refusals;
      EXPECT_EQ(done.error().kind, ErrorKind::kSystem);
      EXPECT_THAT(done.error().message, testing::HasSubstr(path));
    }
  }
  ASSERT_GT(refusals, 0u);
  for (int i = 0; i < 15; ++i) ASSERT_TRUE(writer->append(maker.next().event));
  ASSERT_TRUE(writer->close({}));
  const auto read = read_trace(path);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->losses.size(), 1u);
  EXPECT_EQ(read->losses[0].reason, LossReason::kWriteFailed);
  EXPECT_EQ(read->losses[0].count, refusals * 10);
  EXPECT_GT(read->losses[0].to_ns, read->losses[0].from_ns);
  EXPECT_EQ(read->events.size(), 515u - refusals * 10);
  EXPECT_EQ(read->end.losses[0].count, refusals * 10);
}

}  // namespace
}  // namespace vestige
