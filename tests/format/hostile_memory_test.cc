// SPDX-License-Identifier: Apache-2.0
//
// Small files that claim much, or expand to it, are refused within a bounded
// amount of memory: each is read by a process that may not take more.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "format/trace_reader.h"
#include "format/verify.h"
#include "tests/format/forged_trace.h"
#include "tests/format/trace_fixture.h"

namespace vestige {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kHasShadowMemory = true;
#elif defined(__has_feature)
constexpr bool kHasShadowMemory =
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kHasShadowMemory = false;
#endif

constexpr uint64_t kMostBytes = uint64_t{2} << 30;  // FORMAT.md, "Bounds"
constexpr size_t kFrame = kMaxFrameBytes - 100;     // and its heads
constexpr size_t kFrames = 3;                       // of a chunk
constexpr size_t kMostFrames = 7;                   // within its 512 MiB

std::string repeated(std::string_view unit, size_t bytes) {
  std::string out;
  out.reserve(bytes);
  while (out.size() + unit.size() <= bytes) out += unit;
  return out;
}

std::string field(uint32_t number, std::string_view bytes) {
  ByteBuffer out;
  out.length_delimited(number, bytes.size());
  out.append(bytes);
  return std::string(out.view());
}
std::string section(uint32_t content, std::string_view bytes) {
  return field(kTraceSection, field(content, bytes));
}
// Many of them, so that limits of one section do not help.
std::string sections(uint32_t content, std::string_view bytes) {
  return repeated(section(content, bytes), kFrame);
}

// Everything that looks into a trace. Whatever it says is fine.
void read_all_ways(const std::string& path) {
  (void)verify_trace(path);
  ReadOptions options;
  options.question = Question{.pids = {1}, .texts = {"x"}};
  auto reader = TraceReader::open(path, options);
  if (!reader) return;
  for (;;) {
    const auto item = reader->next();
    if (!item || !*item) break;
  }
  (void)reader->seek_time(1);
  (void)reader->next();
  (void)reader->seek({1, 0});
}

uint64_t address_space() {
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * uint64_t(::sysconf(_SC_PAGESIZE));
}

class HostileMemory : public testing::Test {
 protected:
  void SetUp() override {
    if (kHasShadowMemory) GTEST_SKIP() << "sanitizers take all addresses";
  }
  void add_chunk(ChunkKind kind, uint32_t events,
                 const std::vector<ForgedFrame>& frames) {
    if (is_begun_) return trace_.add(kind, events, frames);
    is_begun_ = true;
    trace_.add_header(some_header());
    add_chunk(kind, events, frames);
  }
  void add_much(ChunkKind kind, uint32_t events, uint32_t columns,
                const std::string& raw, size_t frames = kFrames) {
    add_chunk(kind, events, std::vector<ForgedFrame>(frames, {columns, raw}));
  }
  // As an index that is found from the end.
  void add_index(const std::string& raw, uint32_t columns) {
    add_chunk(ChunkKind::kEnd, 0, {{kColumnMeta, section(kSectionEnd, "")}});
    add_much(ChunkKind::kIndex, 0, columns, raw, kMostFrames);
    trace_.add(ChunkKind::kSeal, 0, {});
    trace_.add_tail();
  }
  void expect_bounded() {
    const std::string path = dir_.file("trace");
    write_file(path, trace_.bytes());
    EXPECT_LT(trace_.bytes().size(), 1u << 20) << "a small file";
    const pid_t child = ::fork();
    if (child == 0) {
      const rlim_t most = address_space() + kMostBytes;
      const rlimit limit{most, most};
      if (::setrlimit(RLIMIT_AS, &limit) != 0) ::_exit(9);
      try {
        read_all_ways(path);
      } catch (const std::bad_alloc&) {
        ::_exit(1);
      }
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0) << "took more than 2 GiB, or died otherwise";
  }

  TempDir dir_;
  ForgedTrace trace_;
  bool is_begun_ = false;
};

// The limit is one: a reader that took more would be seen.
TEST_F(HostileMemory, TheLimitIsFelt) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{address_space() + kMostBytes, RLIM_INFINITY};
    (void)::setrlimit(RLIMIT_AS, &limit);
    void* const taken = std::malloc(kMostBytes + (1 << 20));
    ::_exit(taken ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_NE(status, 0);
}

TEST_F(HostileMemory, FramesThatClaimMoreThanThereIs) {
  ForgedFrame frame{kColumnType, "x"};
  frame.claimed_size = kMaxFrameBytes;
  for (int chunk = 0; chunk < 20; ++chunk)
    add_chunk(ChunkKind::kEvents, 5, std::vector<ForgedFrame>(8, frame));
  expect_bounded();
}

TEST_F(HostileMemory, ManyTasks) {
  add_much(ChunkKind::kEvents, 1, kColumnDictionary,
           section(kSectionDictionary,
                   repeated(field(kDictionaryTask, ""), kFrame)));
  expect_bounded();
}

TEST_F(HostileMemory, ManyTypes) {
  add_much(ChunkKind::kEvents, 1, kColumnDictionary,
           section(kSectionDictionary,
                   repeated(field(kDictionaryType, ""), kFrame)));
  expect_bounded();
}

TEST_F(HostileMemory, ManyShapes) {
  for (const std::string& shape :
       {field(kDictionaryShape, ""),
        field(kDictionaryShape, repeated(field(kShapePart, "\x20\x01"), 1024))})
    add_much(ChunkKind::kEvents, 1, kColumnDictionary,
             section(kSectionDictionary, repeated(shape, kFrame)));
  expect_bounded();
}

TEST_F(HostileMemory, ManyStrings) {
  const std::string sizes =
      field(kStringsSize, std::string(kFrame - 100, '\0'));
  add_much(ChunkKind::kEvents, 1, kColumnStrings,
           section(kSectionStrings, sizes));
  add_much(ChunkKind::kEvents, 1, kColumnStrings,
           sections(kSectionStrings, field(kStringsSize, "\x01")));
  expect_bounded();
}

TEST_F(HostileMemory, MoreValuesThanEvents) {
  const std::string values(kFrame - 100, '\0');
  for (const uint32_t column :
       {kCallsType, kCallsTask, kCallsResult, kCallsResultByType})
    add_much(ChunkKind::kEvents, kMaxChunkEvents, kAllColumns,
             section(kSectionCalls, field(column, values)));
  expect_bounded();
}

TEST_F(HostileMemory, ManyArgumentGroups) {
  add_much(
      ChunkKind::kEvents, 1, kColumnArguments,
      section(kSectionArguments, repeated(field(kArgumentsGroup, ""), kFrame)));
  expect_bounded();
}

TEST_F(HostileMemory, ManyLosses) {
  constexpr uint32_t kLoss = 1;  // Losses.loss
  add_much(ChunkKind::kEvents, 0, kColumnLosses,
           section(kSectionLosses, repeated(field(kLoss, ""), kFrame)));
  add_much(ChunkKind::kEvents, 0, kColumnLosses,
           sections(kSectionLosses, repeated(field(kLoss, ""), 1 << 16)));
  expect_bounded();
}

// Of trace.proto: Snapshot.process and mount, Process.argv and fd.
TEST_F(HostileMemory, SnapshotsOfManyProcesses) {
  for (const uint32_t number : {3, 4})
    add_much(ChunkKind::kSnapshot, 0, kColumnMeta,
             sections(kSectionSnapshot, repeated(field(number, ""), 1 << 20)));
  expect_bounded();
}

TEST_F(HostileMemory, SnapshotsOfProcessesWithMuch) {
  for (const uint32_t number : {11, 14})
    add_much(ChunkKind::kSnapshot, 0, kColumnMeta,
             sections(kSectionSnapshot,
                      field(3, repeated(field(number, ""), 1 << 20))));
  expect_bounded();
}

TEST_F(HostileMemory, AnIndexOfManyChunks) {
  add_index(sections(kSectionIndex, repeated(field(1, ""), 1 << 20)),
            kColumnMeta);
  expect_bounded();
}

TEST_F(HostileMemory, AnIndexOfManyFilters) {
  add_index(sections(kSectionFilters, repeated(field(1, ""), 1 << 20)),
            kColumnFilters);
  expect_bounded();
}

// ChunkFilter.type, pid, bloom, name_index and names.
TEST_F(HostileMemory, AnIndexOfLargeFilters) {
  for (const uint32_t number : {1, 2, 3, 5, 6}) {
    trace_ = ForgedTrace();
    is_begun_ = false;
    add_index(section(kSectionFilters,
                      field(1, field(number, std::string(kFrame - 200, '\1')))),
              kColumnFilters);
    expect_bounded();
  }
}

// Header.command, parent, recipient, origin; Container.label.
TEST_F(HostileMemory, AHeaderWithMuch) {
  for (const uint32_t number : {7, 15, 16, 18}) {
    trace_ = ForgedTrace();
    const std::string header = repeated(field(number, ""), 4 << 20);
    trace_.add(ChunkKind::kHeader, 0,
               {{kColumnMeta, section(kSectionHeader, header)}});
    trace_.add(ChunkKind::kEnd, 0,
               {{kColumnMeta, section(kSectionEnd, field(8, header))}});
    trace_.add(ChunkKind::kHeader, 0,
               {{kColumnMeta, sections(kSectionHeader, header)}});
    expect_bounded();
  }
  trace_ = ForgedTrace();
  trace_.add(ChunkKind::kHeader, 0,
             {{kColumnMeta,
               section(kSectionHeader,
                       field(9, repeated(field(5, ""), (4 << 20) - 20)))}});
  expect_bounded();
}

// End.loss and origin.
TEST_F(HostileMemory, AnEndWithMuch) {
  for (const uint32_t number : {7, 21})
    add_chunk(ChunkKind::kEnd, 0,
              {{kColumnMeta,
                sections(kSectionEnd, repeated(field(number, ""), 8 << 20))}});
  expect_bounded();
}

TEST_F(HostileMemory, ASealWithMuch) {
  add_much(ChunkKind::kSeal, 0, kColumnMeta,
           section(kSectionSeal, field(1, std::string(kFrame - 100, 'x'))));
  expect_bounded();
}

}  // namespace
}  // namespace vestige
