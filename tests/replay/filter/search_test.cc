// SPDX-License-Identifier: Apache-2.0
//
// However little of a trace is read: the answer is that of reading it all.
#include "replay/filter/search.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "replay/filter/output_format.h"
#include "tests/replay/trace_builder.h"

namespace vestige::filter {
namespace {

// Small chunks, so that there is something to pass over.
void save(TraceBuilder& trace, const std::string& path) {
  std::filesystem::remove(path);
  TraceHeader header;
  header.tool = "test";
  header.start = {1'000'000'000, 1'700'000'000'000'000'000};
  trace.save(path, header, {.chunk_events = 16});
}

// Programs that fork, run each other, rename themselves, open, read and exit:
// at random, but as a kernel would tell it.
class RandomTrace {
 public:
  // late_snapshots: among the events, some older than events before them.
  explicit RandomTrace(uint32_t seed, bool late_snapshots = false)
      : random_(seed) {
    ProcessState init;
    init.comm = "init";
    init.exe = "/sbin/init";
    trace_.process(1, init);
    alive_ = {1};
    for (int i = 0; i < 400; ++i) {
      step();
      if (late_snapshots && pick(50) == 0) look_around();
    }
  }

  TraceBuilder& trace() { return trace_; }

 private:
  uint32_t pick(size_t count) { return uint32_t(random_() % count); }

  void step() {
    static const std::string kPrograms[] = {"sh", "cat", "sort", "ls"};
    static const std::string kPaths[] = {"/etc/passwd", "/etc/shadow", "/tmp/a",
                                         "/tmp/b"};
    const uint32_t pid = alive_[pick(alive_.size())];
    const std::string& program = kPrograms[pick(std::size(kPrograms))];
    const std::string& path = kPaths[pick(std::size(kPaths))];
    switch (pick(9)) {
      case 0:
        trace_.fork(pid, ++last_pid_);
        alive_.push_back(last_pid_);
        return;
      case 1: trace_.exec(pid, {program, path}, "/bin/" + program); return;
      case 2:
        if (pid == 1) return;
        trace_.exit(pid, int(pick(3)));
        std::erase(alive_, pid);
        return;
      case 3: trace_.read(pid, 3, 5).part(1, PartKind::kPayload, path); return;
      case 4:
        trace_.write(pid, 3, 4).part(1, PartKind::kPayload, "data");
        return;
      case 5: trace_.close(pid, 3); return;
      case 6: trace_.open(pid, path, -13); return;
      case 7:
        trace_.call(pid, "prctl", {15, 0}, 0)
            .part(1, PartKind::kString, program);
        return;
      default: trace_.open(pid, path, 3); return;
    }
  }

  // What a snapshot says need not be what events have said.
  void look_around() {
    Snapshot snapshot;
    const uint64_t now_ns = trace_.events().back().event.time_ns;
    snapshot.time_ns = now_ns - pick(2) * uint64_t{20'000'000};
    snapshot.end_ns = now_ns;
    for (const uint32_t pid : alive_) {
      ProcessState state;
      state.task.pid = state.task.tid = pid;
      state.task.process_start_ns = TraceBuilder::start_of(pid);
      state.start_is_exact = true;
      state.comm = pick(2) ? "sort" : "cat";
      snapshot.processes.push_back(state);
    }
    trace_.checkpoint(std::move(snapshot));
  }

  std::mt19937 random_;
  TraceBuilder trace_;
  std::vector<uint32_t> alive_;
  uint32_t last_pid_ = 1;
};

class RandomFilter {
 public:
  explicit RandomFilter(uint32_t seed) : random_(seed) {}

  std::string text(int depth = 0) {
    if (depth < 3 && pick(3)) {
      const char* const joint = pick(3) ? " and " : " or ";
      const std::string both =
          "(" + text(depth + 1) + joint + text(depth + 1) + ")";
      return pick(4) ? both : "not " + both;
    }
    static const std::string kChecks[] = {"evt.type=openat",
                                          "evt.type in (read, write)",
                                          "evt.type!=read",
                                          "evt.type=procexit",
                                          "evt.type=nosuchcall",
                                          "proc.name=sort",
                                          "proc.name in (cat, ls)",
                                          "proc.name!=sh",
                                          "proc.name contains s",
                                          "proc.pname=sh",
                                          "proc.aname=cat",
                                          "proc.exepath=/bin/cat",
                                          "proc.cmdline contains shadow",
                                          "proc.args=/tmp/a",
                                          "proc.pid=3",
                                          "proc.pid in (2, 5)",
                                          "proc.ppid=1",
                                          "thread.tid=4",
                                          "evt.failed=true",
                                          "evt.rawres<0",
                                          "evt.res=SUCCESS",
                                          "evt.arg.pathname=/etc/shadow",
                                          "evt.arg.name in (/tmp/a, /tmp/b)",
                                          "evt.arg.data contains etc",
                                          "evt.buffer contains shadow",
                                          "evt.buflen>4",
                                          "evt.is_open_read=true",
                                          "fd.name=/etc/passwd",
                                          "fd.num=3",
                                          "fs.path.name=/tmp/a",
                                          "evt.num<100",
                                          "evt.reltime>100",
                                          "evt.category=file",
                                          "proc.nthreads=1",
                                          "container.id=host"};
    return kChecks[pick(std::size(kChecks))];
  }

 private:
  uint32_t pick(size_t count) { return uint32_t(random_() % count); }
  std::mt19937 random_;
};

// A line per match, so that what is shown is compared, too.
class SearchTest : public ::testing::Test {
 protected:
  SearchTest()
      : path_(::testing::TempDir() +
              fmt::format("search-{}.vtrace", getpid())) {}
  ~SearchTest() override { std::filesystem::remove(path_); }

  std::string found(const std::string& text, const OutputFormat& format,
                    bool plainly) {
    auto filter = Filter::compile(text);
    EXPECT_TRUE(filter) << filter.error().message;
    Search search(path_, *filter, format.needs());
    search.use_threads(threads_);
    std::string out;
    const auto visit = [&](const EventView& view) {
      format.append(out, view);
      out += '\n';
      return true;
    };
    const auto done = plainly ? search.run_plainly(visit) : search.run(visit);
    EXPECT_TRUE(done) << done.error().message;
    report_ = search.report();
    end_ = search.end();
    return out;
  }

  std::string path_;
  unsigned threads_ = 2;
  SearchReport report_;
  TraceEnd end_;
};

TEST_F(SearchTest, FindsWhatReadingEverythingFinds) {
  const char* const kFormats[] = {
      "*%evt.num", "*%evt.num %evt.type %evt.rawres %evt.reltime %proc.name",
      "*%evt.num %proc.cmdline %proc.aname[1] %thread.tid",
      "*%evt.num %fd.name %proc.id %evt.args"};
  uint64_t skipped = 0;
  for (uint32_t seed = 0; seed < 12; ++seed) {
    RandomTrace random(seed, seed % 2 == 1);
    save(random.trace(), path_);
    threads_ = 1 + seed % 4;
    RandomFilter filters(seed);
    for (int i = 0; i < 40; ++i) {
      const std::string text = filters.text();
      const auto format = OutputFormat::compile(kFormats[i % 4]);
      ASSERT_TRUE(format);
      const std::string expected = found(text, *format, true);
      ASSERT_EQ(found(text, *format, false), expected) << seed << ": " << text;
      skipped += report_.chunks_skipped;
    }
  }
  EXPECT_GT(skipped, 100u);
}

// Every filter that sysdig is asked, too.
std::vector<std::string> listed_filters() {
  std::ifstream file(SYSDIG_FILTERS);
  std::vector<std::string> out;
  constexpr std::string_view kEither = "either: ";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(kEither)) line.erase(0, kEither.size());
    if (!line.empty() && line[0] != '#') out.push_back(line);
  }
  return out;
}

TEST_F(SearchTest, FindsByListedFiltersWhatReadingEverythingFinds) {
  const auto filters = listed_filters();
  ASSERT_GT(filters.size(), 300u);
  const auto format = OutputFormat::compile("*%evt.num %evt.type %proc.name");
  ASSERT_TRUE(format);
  RandomTrace random(99);
  save(random.trace(), path_);
  for (const std::string& text : filters)
    ASSERT_EQ(found(text, *format, false), found(text, *format, true)) << text;
}

TEST_F(SearchTest, FindsInARecordedTraceWhatReadingEverythingFinds) {
  path_ = RECORDED_TRACE;
  const auto format = OutputFormat::compile("*%evt.num %evt.type %proc.name");
  ASSERT_TRUE(format);
  size_t matched = 0;
  for (const std::string& text : listed_filters()) {
    const std::string expected = found(text, *format, true);
    ASSERT_EQ(found(text, *format, false), expected) << text;
    matched += expected.empty() ? 0 : 1;
  }
  EXPECT_GT(matched, 50u);
  path_.clear();  // it stays
}

TEST_F(SearchTest, FindsInADamagedTraceWhatReadingEverythingFinds) {
  RandomTrace random(7);
  save(random.trace(), path_);
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(std::streamoff(std::filesystem::file_size(path_) / 2));
    file.write("damage", 6);
  }
  const auto format = OutputFormat::compile("*%evt.num %evt.type %proc.name");
  for (const char* const text :
       {"evt.type=openat", "proc.name=sort", "evt.buffer contains shadow",
        "proc.name in (cat, ls) and evt.type=read"})
    EXPECT_EQ(found(text, *format, false), found(text, *format, true)) << text;
  EXPECT_FALSE(end_.losses.empty());
}

// Answers to these are told from columns: no other event is put together.
TEST_F(SearchTest, AsksTheFilterOnlyAboutWhatColumnsLeave) {
  TraceBuilder trace;
  trace.fork(1, 2).exec(2, {"needle"}, "/bin/needle");
  for (int i = 0; i < 500; ++i) trace.open(1, "/hay", 3);
  trace.open(2, "/x", 3).read(2, 3, 6).part(1, PartKind::kPayload, "golden");
  save(trace, path_);
  const auto format = OutputFormat::compile("%evt.num");
  EXPECT_EQ(found("proc.name=needle and evt.type=openat", *format, false),
            "503\n");
  EXPECT_EQ(report_.events_asked, 1u);
  EXPECT_EQ(found("evt.buffer contains olde", *format, false), "504\n");
  EXPECT_LE(report_.events_asked, 16u);  // of one chunk
}

TEST_F(SearchTest, ReadsOnlyChunksOfProcessesThatHadTheName) {
  TraceBuilder trace;
  trace.fork(1, 2).exec(2, {"needle"}, "/bin/needle").open(2, "/x", 3).exit(2);
  for (int i = 0; i < 500; ++i) trace.open(1, "/hay", 3);
  save(trace, path_);
  const auto format = OutputFormat::compile("%evt.num");
  EXPECT_EQ(found("proc.name=needle and evt.type=openat", *format, false),
            "3\n");
  EXPECT_EQ(report_.names, 1u);
  EXPECT_EQ(report_.events_asked, 1u);
  EXPECT_GT(report_.chunks_skipped, 30u);
}

TEST_F(SearchTest, TakesNamesFromTheIndex) {
  RandomTrace random(5);
  save(random.trace(), path_);
  const auto format = OutputFormat::compile("%evt.num %proc.name");
  for (const char* const text :
       {"proc.name=sort", "proc.name in (cat, ls) and evt.type=openat"}) {
    EXPECT_EQ(found(text, *format, false), found(text, *format, true));
    found(text, *format, false);
    EXPECT_GT(report_.indexed_name_chunks, 5u) << text;
    EXPECT_EQ(report_.name_chunks, 0u) << text;
  }
}

TEST_F(SearchTest, ReadsNamesFromTheChunksOfTracesWhoseIndexHasNone) {
  path_ = RECORDED_TRACE;
  const auto format = OutputFormat::compile("%evt.num");
  EXPECT_NE(found("proc.name=busybox", *format, false), "");
  EXPECT_EQ(report_.indexed_name_chunks, 0u);
  EXPECT_GT(report_.name_chunks, 0u);
  path_.clear();  // it stays
}

TEST_F(SearchTest, ReadsNothingForAnEventTypeThatIsNotThere) {
  TraceBuilder trace;
  for (int i = 0; i < 100; ++i) trace.open(1, "/hay", 3);
  save(trace, path_);
  const auto format = OutputFormat::compile("%evt.num");
  EXPECT_EQ(found("evt.type=mount", *format, false), "");
  EXPECT_EQ(report_.events_asked, 0u);
}

}  // namespace
}  // namespace vestige::filter
