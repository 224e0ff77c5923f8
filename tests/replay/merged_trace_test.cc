// SPDX-License-Identifier: Apache-2.0
#include "replay/merged_trace.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "format/crypto.h"
#include "format/trace_reader.h"
#include "format/trace_writer.h"
#include "replay/case.h"
#include "replay/scratch_folder.h"

namespace vestige {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A recording of a process that opens /file1, /file2, ..., three of them in
// each file that make() adds.
class MergedTraceTest : public testing::Test {
 protected:
  // The next file of the series; `previous` is what it goes on from.
  std::string make(const std::string& name, const std::string& previous = {},
                   const std::string& container = "c1") {
    TraceHeader header;
    header.boot_id = "boot-1";
    header.container.id = container;
    header.start = {kStart, 1'700'000'000'000'000'000};
    if (!previous.empty())
      header.previous = {
          .trace_id = to_hex(TraceReader::open(previous)->trace_id()),
          .file_name = std::filesystem::path(previous).filename(),
          .number = ++number_};
    const std::string path = folder_.file(name);
    auto writer = TraceWriter::create(path, header);
    EXPECT_TRUE(writer);
    for (int i = 0; i < 3; ++i) open_file(*writer);
    EXPECT_TRUE(writer->close({.reason = EndReason::kInterrupted}));
    return path;
  }
  void open_file(TraceWriter& writer) {
    Event event;
    event.descriptor = find_descriptor(Abi::kX86_64, "openat");
    event.type = event.descriptor->type;
    event.pid = event.tid = 7;
    event.process_start_ns = 7;
    event.time_ns = kStart + 1000 * uint64_t(++files_);
    event.args = {uint64_t(-100), 0x1000, 0, 0};
    event.ret = 3;
    const std::string name = fmt::format("/file{}", files_);
    const Part part{PartKind::kString, 1, 0, name.size(), name};
    event.parts = {&part, 1};
    EXPECT_TRUE(writer.append(event));
  }
  static uint64_t events(const std::string& path) {
    return Case::open(path)->events();
  }

  static constexpr uint64_t kStart = 1'000'000'000;
  ScratchFolder folder_ = *ScratchFolder::make();
  uint32_t number_ = 0;
  int files_ = 0;
};

TEST_F(MergedTraceTest, FilesOfARotatedRecordingAreOneInAnyOrder) {
  const std::string first = make("x.0001.vtrace");
  const std::string second = make("x.0002.vtrace", first);
  const std::string third = make("x.0003.vtrace", second);
  const auto joined = join_rotated({third, first, second}, "test");
  ASSERT_TRUE(joined) << joined.error().message;
  ASSERT_EQ(joined->paths.size(), 1u);
  EXPECT_THAT(joined->gaps, IsEmpty());
  const auto read = Case::open(joined->paths[0]);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->events(), 9u);
  EXPECT_EQ(read->header().parents.size(), 3u);
  EXPECT_TRUE(read->header().origins.empty());
  EXPECT_EQ(read->facts().processes.size(), 1u) << "of all files the same";
  EXPECT_EQ(read->facts().files.size(), 9u);
}

TEST_F(MergedTraceTest, OtherTracesStandAlone) {
  const std::string first = make("x.0001.vtrace");
  const std::string other = make("y.vtrace", {}, "c2");
  const std::string second = make("x.0002.vtrace", first);
  const std::string none = folder_.file("none.vtrace");
  const auto joined = join_rotated({other, first, none, second}, "test");
  ASSERT_TRUE(joined) << joined.error().message;
  ASSERT_EQ(joined->paths.size(), 3u);
  EXPECT_EQ(joined->paths[0], other);
  EXPECT_EQ(events(joined->paths[1]), 6u);
  EXPECT_EQ(joined->paths[2], none) << "left to who reads it";
  EXPECT_THAT(joined->gaps, IsEmpty());
}

TEST_F(MergedTraceTest, AMissingFileIsTold) {
  const std::string first = make("x.0001.vtrace");
  const std::string second = make("x.0002.vtrace", first);
  const std::string third = make("x.0003.vtrace", second);
  const auto joined = join_rotated({first, third}, "test");
  ASSERT_TRUE(joined);
  EXPECT_THAT(joined->paths, ElementsAre(first, third));
  ASSERT_EQ(joined->gaps.size(), 1u);
  EXPECT_THAT(joined->gaps[0], HasSubstr("goes on from x.0002.vtrace"));
}

TEST_F(MergedTraceTest, OneFileAloneIsReadAsItIs) {
  const std::string first = make("x.0001.vtrace");
  const std::string second = make("x.0002.vtrace", first);
  const auto joined = join_rotated({second}, "test");
  ASSERT_TRUE(joined);
  EXPECT_THAT(joined->paths, ElementsAre(second));
  EXPECT_THAT(joined->gaps, IsEmpty());
}

}  // namespace
}  // namespace vestige
