// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/import_scap.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "format/trace_reader.h"
#include "tests/replay/scap/scap_bytes.h"

namespace vestige {
namespace {

class ImportScap : public testing::Test {
 protected:
  ImportScap() {
    folder_ =
        testing::TempDir() +
        fmt::format(
            "import-scap-{}-{}", getpid(),
            testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  ~ImportScap() override { std::filesystem::remove_all(folder_); }

  std::string write(std::string_view bytes) const {
    const std::string path = folder_ / "in.scap";
    std::ofstream(path, std::ios::binary)
        .write(bytes.data(), std::streamsize(bytes.size()));
    return path;
  }
  std::string write_gzip(std::string_view bytes) const {
    const std::string path = folder_ / "in.scap";
    gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, bytes.data(), unsigned(bytes.size()));
    gzclose(file);
    return path;
  }
  [[nodiscard]] std::string trace() const { return folder_ / "out.vtrace"; }

  std::filesystem::path folder_;
};

ScapBytes small_capture() {
  return ScapBytes()
      .process(7, 7, 1, "cat")
      .event(1'500'000'000'000'000'000, 7, 4, {fd_param(3)})
      .event(1'500'000'000'000'000'050, 7, 5, {le(int64_t{0})});
}

TEST_F(ImportScap, PlainAndCompressedGiveTheSameTrace) {
  const std::string bytes = small_capture().bytes();
  for (const std::string& path : {write(bytes), write_gzip(bytes)}) {
    const auto report = import_scap(path, trace());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->events_in, 2u);
    EXPECT_EQ(report->events_out, 1u);
    EXPECT_EQ(report->snapshots, 1u);
    EXPECT_EQ(report->problem, "");
    std::filesystem::remove(trace());
  }
}

TEST_F(ImportScap, TimesAreUtc) {
  ASSERT_TRUE(import_scap(write(small_capture().bytes()), trace()));
  auto reader = TraceReader::open(trace());
  ASSERT_TRUE(reader) << reader.error().message;
  const ClockPair& start = reader->header().start;
  for (;;) {
    const auto item = reader->next();
    ASSERT_TRUE(item && *item) << "no event";
    if (!item->event) continue;
    const int64_t apart = int64_t(item->event->time_ns - start.boot_ns);
    EXPECT_EQ(start.unix_ns + apart, 1'500'000'000'000'000'050);
    break;
  }
}

TEST_F(ImportScap, OtherFilesAreRefusedWithPathOffsetAndReason) {
  const std::string path = write("this is not a capture at all");
  const auto report = import_scap(path, trace());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::kBadInput);
  EXPECT_TRUE(report.error().message.starts_with(path + ": offset 0: "))
      << report.error().message;
  EXPECT_FALSE(std::filesystem::exists(trace()));
}

TEST_F(ImportScap, EmptyFilesAreRefused) {
  const auto report = import_scap(write(""), trace());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::kBadInput);
}

TEST_F(ImportScap, FilesThatAreNotThereAreAnError) {
  const auto report = import_scap(folder_ / "none.scap", trace());
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message.find("none.scap"), std::string::npos);
}

TEST_F(ImportScap, KeepsWhatIsBeforeTheDamageAndSaysSo) {
  std::string bytes = small_capture().bytes();
  bytes.resize(bytes.size() - 10);
  const auto report = import_scap(write(bytes), trace());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->events_in, 1u);
  EXPECT_NE(report->problem.find("offset "), std::string::npos);
  auto reader = TraceReader::open(trace());
  ASSERT_TRUE(reader);
  while (true) {
    const auto item = reader->next();
    ASSERT_TRUE(item);
    if (!*item) break;
  }
  bool is_told = false;
  for (const Loss& loss : reader->end().losses)
    is_told |= loss.reason == LossReason::kFileTruncated;
  EXPECT_TRUE(is_told);
}

TEST_F(ImportScap, NeverOverwrites) {
  const std::string path = write(small_capture().bytes());
  ASSERT_TRUE(import_scap(path, trace()));
  EXPECT_FALSE(import_scap(path, trace()));
}

}  // namespace
}  // namespace vestige
