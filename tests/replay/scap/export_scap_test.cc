// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/export_scap.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "replay/scap/import_scap.h"
#include "tests/replay/scap/scap_bytes.h"

namespace vestige {
namespace {

class ExportScap : public testing::Test {
 protected:
  ExportScap() {
    folder_ =
        testing::TempDir() +
        fmt::format(
            "export-scap-{}-{}", getpid(),
            testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  ~ExportScap() override { std::filesystem::remove_all(folder_); }

  // Through a trace and back.
  std::string there_and_back(const std::string& capture) {
    std::ofstream(folder_ / "in.scap", std::ios::binary) << capture;
    EXPECT_TRUE(import_scap(folder_ / "in.scap", folder_ / "trace"));
    const auto report = export_scap(folder_ / "trace", folder_ / "out.scap");
    EXPECT_TRUE(report) << report.error().message;
    std::stringstream bytes;
    bytes << std::ifstream(folder_ / "out.scap", std::ios::binary).rdbuf();
    return bytes.str();
  }

  std::filesystem::path folder_;
};

TEST_F(ExportScap, CallsComeBackAsTheyWere) {
  const std::string tuple =
      le(uint8_t{AF_INET}) + inet("10.0.0.1", 4000) + inet("10.0.0.2", 80);
  const std::string capture =
      ScapBytes()
          .process(7, 7, 1, "curl")
          .event(100, 7, 2, {text_param("/etc/hosts"), le(4097u), le(0u)})
          .event(150, 7, 3,
                 {fd_param(3), text_param("/etc/hosts"), le(4097u), le(0u),
                  le(0x801u), le(uint64_t{42})})
          .event(160, 7, 6, {fd_param(3), le(64u)})
          .event(170, 7, 7, {le(int64_t{500}), "127.0.0.1"})
          .event(180, 7, 22, {fd_param(4)})
          .event(190, 7, 23, {le(int64_t{-115}), tuple})
          .event(195, 7, 6, {fd_param(4), le(1u)})
          .bytes();
  KeepingSink before, after;
  convert(capture, before);
  convert(there_and_back(capture), after);
  ASSERT_EQ(before.events.size(), after.events.size());
  for (size_t i = 0; i < before.events.size(); ++i) {
    const KeptEvent& was = before.events[i];
    const KeptEvent& is = after.events[i];
    EXPECT_EQ(is.name(), was.name());
    EXPECT_EQ(is.event.time_ns, was.event.time_ns) << was.name();
    EXPECT_EQ(is.event.duration_ns, was.event.duration_ns) << was.name();
    EXPECT_EQ(is.event.ret, was.event.ret) << was.name();
    EXPECT_EQ(is.event.pid, was.event.pid) << was.name();
    EXPECT_EQ(is.event.args, was.event.args) << was.name();
    ASSERT_EQ(is.parts.size(), was.parts.size()) << was.name();
    for (const Part& part : was.parts)
      EXPECT_EQ(is.data(part.kind, part.arg), part.data) << was.name();
  }
}

TEST_F(ExportScap, ProcessesComeBackAsTheyWere) {
  const std::string fd = le(int64_t{3}) + le(uint64_t{9}) + le(uint8_t{16}) +
                         le(1u) + counted("/var/log/x") + le(0x801u);
  const std::string capture =
      ScapBytes()
          .process(7, 7, 1, "curl")
          .block(BlockType::kFdList2,
                 le(uint64_t{7}) + le(uint32_t(fd.size() + 4)) + fd)
          .event(100, 7, 4, {fd_param(3)})
          .bytes();
  KeepingSink before, after;
  convert(capture, before);
  convert(there_and_back(capture), after);
  ASSERT_EQ(after.snapshots.size(), 1u);
  ASSERT_EQ(after.snapshots[0].processes.size(), 1u);
  const ProcessState& was = before.snapshots[0].processes[0];
  const ProcessState& is = after.snapshots[0].processes[0];
  EXPECT_EQ(is.comm, was.comm);
  EXPECT_EQ(is.argv, was.argv);
  EXPECT_EQ(is.env, was.env);
  EXPECT_EQ(is.cwd, was.cwd);
  EXPECT_EQ(is.exe, was.exe);
  EXPECT_EQ(is.credentials.euid, was.credentials.euid);
  ASSERT_EQ(is.fds.size(), 1u);
  EXPECT_EQ(is.fds[0].target, "/var/log/x");
  EXPECT_EQ(is.fds[0].file.inode, 9u);
  EXPECT_EQ(is.fds[0].file.dev_major, 8u);
}

TEST_F(ExportScap, NeverOverwrites) {
  const std::string capture =
      ScapBytes().event(100, 7, 4, {fd_param(3)}).bytes();
  there_and_back(capture);
  const auto again = export_scap(folder_ / "trace", folder_ / "out.scap");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::kSystem);
}

TEST_F(ExportScap, RefusesWhatIsNoTraceAndMakesNoFile) {
  std::ofstream(folder_ / "no") << "no trace";
  EXPECT_FALSE(export_scap(folder_ / "no", folder_ / "out.scap"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.scap"));
}

}  // namespace
}  // namespace vestige
