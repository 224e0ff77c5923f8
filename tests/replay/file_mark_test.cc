// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/file_mark.h"

#include "replay/facts/host_path.h"
#include "tests/replay/rows.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

constexpr ClockPair kStart = {1'000'000'000, 1'700'000'000'000'000'000};

class Marks : public testing::Test {
 protected:
  Marks() { trace.process(1).fork(1, 2); }

  // "kind path", in order.
  std::vector<std::string> marks() {
    std::vector<std::string> out;
    for (const FileMark& mark : file_marks(trace.facts(), kStart))
      out.push_back(
          std::string(file_mark_text(mark.kind)).append(" ").append(mark.path));
    return out;
  }
  void set_times(uint32_t pid, std::string_view path, int64_t seconds) {
    const int64_t times[4] = {seconds, 0, seconds, 0};
    trace.call(pid, "utimensat", {uint64_t(AT_FDCWD), 1, 2, 0}, 0);
    trace.text(1, path).part(2, PartKind::kBytes, times);
  }

  TraceBuilder trace;
};

using Texts = std::vector<std::string>;

TEST_F(Marks, TimesSetIntoThePastAreTimestomping) {
  set_times(2, "/bin/backdoor", 1'500'000'000);
  EXPECT_EQ(marks(), Texts{"timestomped /bin/backdoor"});
  EXPECT_EQ(trace.facts().files[0].mtime_ns, 1'500'000'000'000'000'000);
}

TEST_F(Marks, UnpackingSetsTimesOfItsOwnFilesOnly) {
  trace.create(2, "/unpacked", 3);
  set_times(2, "/unpacked", 1'500'000'000);
  set_times(1, "/touched", 1'700'000'000);
  EXPECT_EQ(marks(), Texts{});
}

TEST_F(Marks, HistoriesAreWipedByAnyMeans) {
  trace.unlink(1, "/root/.bash_history");
  trace.call(1, "symlink", {1, 2}, 0)
      .text(0, "/dev/null")
      .text(1, "/home/x/.zsh_history");
  trace.open(1, "/root/.ash_history", 3, O_WRONLY | O_TRUNC,
             "/root/.ash_history");
  EXPECT_EQ(marks(), (Texts{"history-wiped /root/.bash_history",
                            "history-wiped /home/x/.zsh_history",
                            "history-wiped /root/.ash_history"}));
}

TEST_F(Marks, AFailedDeletionIsNone) {
  trace.call(1, "unlink", {1}, -EACCES).text(0, "/root/.bash_history");
  EXPECT_EQ(marks(), Texts{});
}

TEST_F(Marks, EmptiedLogsAreTold) {
  trace.call(1, "truncate", {1, 0}, 0).text(0, "/var/log/auth.log");
  trace.write(1, 3, 3);
  EXPECT_EQ(marks(), Texts{"log-truncated /var/log/auth.log"});
}

TEST_F(Marks, AProgramThatRanAndIsGoneIsTold) {
  trace.exec(2, {"/tmp/x"}).exit(2).unlink(1, "/tmp/x");
  trace.unlink(1, "/tmp/y");
  EXPECT_EQ(marks(), Texts{"run-then-deleted /tmp/x"});
}

TEST(HostPath, LiesBelowTheUpperDirectoryOfAnOverlay) {
  const Mount mounts[] = {
      {.mnt_namespace = 5,
       .mount_point = "/",
       .root = "/",
       .fs_type = "overlay",
       .options = "rw,lowerdir=/l1:/l2,upperdir=/var/o/diff,workdir=/w"},
      {.mnt_namespace = 5,
       .mount_point = "/data",
       .root = "/srv/volume",
       .fs_type = "ext4"},
      {.mnt_namespace = 5,
       .mount_point = "/tmp",
       .root = "/",
       .fs_type = "tmpfs"}};
  EXPECT_EQ(host_path(mounts, 5, "/etc/x", Layer::kUpper), "/var/o/diff/etc/x");
  EXPECT_EQ(host_path(mounts, 5, "/etc/x", Layer::kLower), std::nullopt);
  EXPECT_EQ(host_path(mounts, 5, "/data/a", Layer::kNone), "/srv/volume/a");
  EXPECT_EQ(host_path(mounts, 5, "/database", Layer::kUpper),
            "/var/o/diff/database");
  EXPECT_EQ(host_path(mounts, 5, "/tmp/a", Layer::kNone), std::nullopt);
  EXPECT_EQ(host_path(mounts, 6, "/etc/x", Layer::kUpper), std::nullopt);
}

}  // namespace
}  // namespace vestige
