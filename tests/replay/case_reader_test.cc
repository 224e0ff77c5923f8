// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "format/trace_writer.h"
#include "replay/case.h"

namespace vestige {
namespace {

class CaseReaderTest : public testing::Test {
 protected:
  CaseReaderTest() {
    std::string name =
        std::filesystem::temp_directory_path() / "vestige-case-XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    TraceHeader header;
    header.start = {kStart, 0};
    auto made = TraceWriter::create(path(), header);
    EXPECT_TRUE(made) << made.error().message;
    writer_ = std::make_unique<TraceWriter>(std::move(made).value());
  }
  ~CaseReaderTest() override {
    writer_.reset();
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] std::string path() const { return folder_ + "/x.vtrace"; }

  // Processes 1 to 5 open files, one after the other.
  void open_files(int count) {
    Event event;
    event.descriptor = find_descriptor(Abi::kX86_64, "openat");
    event.type = event.descriptor->type;
    for (int i = 0; i < count; ++i, ++files_) {
      event.pid = event.tid = 1 + uint32_t(files_ % 5);
      event.process_start_ns = event.pid;
      event.time_ns = kStart + 1000 * uint64_t(files_ + 1);
      event.args = {uint64_t(-100), 0x1000, 0, 0};
      event.ret = 3;
      const std::string name = fmt::format("/file{}", files_);
      const Part part{PartKind::kString, 1, 0, name.size(), name};
      event.parts = {&part, 1};
      ASSERT_TRUE(writer_->append(event));
    }
    ASSERT_TRUE(writer_->flush());
  }

  static constexpr uint64_t kStart = 1'000'000'000;
  std::string folder_;
  std::unique_ptr<TraceWriter> writer_;
  int files_ = 0;
};

TEST_F(CaseReaderTest, WhatWasKnownStaysAsItWas) {
  open_files(10);
  ASSERT_TRUE(writer_->close({}));
  auto reader = CaseReader::open(path());
  ASSERT_TRUE(reader) << reader.error().message;
  ASSERT_TRUE(*reader->read(4));
  const Case early = reader->so_far();
  while (*reader->read(3)) continue;
  const Case all = std::move(*reader).finish();
  EXPECT_FALSE(early.is_whole());
  EXPECT_FALSE(early.is_complete());
  EXPECT_EQ(early.events(), 4u);
  ASSERT_EQ(early.facts().files.size(), 4u);
  EXPECT_EQ(early.facts().files[3].path, "/file3");
  EXPECT_EQ(early.facts().processes.size(), 4u);
  EXPECT_EQ(early.end().end.boot_ns, kStart + 4000);
  EXPECT_TRUE(all.is_whole());
  EXPECT_TRUE(all.is_complete());
  ASSERT_EQ(all.facts().files.size(), 10u);
  EXPECT_EQ(all.facts().processes.size(), 5u);
  // Texts are the same bytes: a view of one serves with the other.
  EXPECT_EQ(early.facts().files[0].path.data(),
            all.facts().files[0].path.data());
}

TEST_F(CaseReaderTest, AnEventFindsItsProcess) {
  open_files(10);
  ASSERT_TRUE(writer_->close({}));
  const auto all = Case::open(path());
  ASSERT_TRUE(all) << all.error().message;
  Event event;
  event.pid = 3;
  event.process_start_ns = 3;
  const ProcessRow* row = all->facts().process(all->process_of(event));
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->pid, 3u);
  event.process_start_ns = 4;  // another life of the number
  EXPECT_EQ(all->process_of(event), ProcessId::kNone);
}

TEST_F(CaseReaderTest, FollowsATraceWhileItIsWritten) {
  open_files(3);
  auto reader =
      CaseReader::open(path() + ".partial", CaseReader::Mode::kFollow);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_FALSE(*reader->read(100));
  EXPECT_EQ(reader->events(), 3u);
  EXPECT_FALSE(*reader->read(100));
  EXPECT_TRUE(reader->so_far().facts().losses.empty());
  open_files(4);
  EXPECT_FALSE(*reader->read(100));
  EXPECT_EQ(reader->events(), 7u);
  EXPECT_FALSE(reader->is_at_end());
  ASSERT_TRUE(writer_->close({}));
  EXPECT_FALSE(*reader->read(100));
  EXPECT_TRUE(reader->is_at_end());
  const Case all = std::move(*reader).finish();
  EXPECT_TRUE(all.is_complete());
  EXPECT_TRUE(all.facts().losses.empty());
  EXPECT_EQ(all.facts().files.size(), 7u);
}

// The last bytes of a chunk that is being written are no damage.
TEST_F(CaseReaderTest, WaitsForTheRestOfAChunk) {
  open_files(3);
  const std::string partial = path() + ".partial";
  const auto whole = std::filesystem::file_size(partial);
  const std::string copy = folder_ + "/copy";
  open_files(50);
  const auto longer = std::filesystem::file_size(partial);
  for (const auto size : {whole + 5, whole + 130, longer - 1}) {
    std::filesystem::copy_file(
        partial, copy, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(copy, size);
    auto reader = CaseReader::open(copy, CaseReader::Mode::kFollow);
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_FALSE(*reader->read(100));
    EXPECT_EQ(reader->events(), 3u) << size;
    EXPECT_TRUE(reader->so_far().facts().losses.empty()) << size;
  }
}

}  // namespace
}  // namespace vestige
