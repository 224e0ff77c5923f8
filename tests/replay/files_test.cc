// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tests/replay/rows.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

TEST(Files, CreateWriteDelete) {
  TraceBuilder trace;
  trace.process(1).create(1, "/tmp/a", 3).write(1, 3, 10).write(1, 3, 5);
  trace.close(1, 3).unlink(1, "/tmp/a");
  const Facts& facts = trace.facts();
  const FileRow* created = find_file(facts, FileOp::kCreate, "/tmp/a");
  ASSERT_TRUE(created);
  EXPECT_EQ(created->mode, 0644u);
  EXPECT_EQ(created->path_certainty, Certainty::kObserved);
  const FileRow* written = find_file(facts, FileOp::kWrite, "/tmp/a");
  ASSERT_TRUE(written);
  EXPECT_EQ(written->bytes, 15u);
  EXPECT_EQ(written->seen.count, 2u);
  EXPECT_EQ(written->seen.first.index, 1u);
  EXPECT_EQ(written->seen.last.index, 2u);
  EXPECT_TRUE(find_file(facts, FileOp::kDelete, "/tmp/a"));
}

TEST(Files, OpenWithTruncateOfAnExistingFileIsNotACreation) {
  TraceBuilder trace;
  trace.process(1).open(1, "/log", 3, O_WRONLY | O_CREAT | O_TRUNC, "/log");
  FilePart file{};
  file.mode = S_IFREG | 0644;
  trace.part(kReturnArg, PartKind::kFile, file);
  const Facts& facts = trace.facts();
  EXPECT_FALSE(find_file(facts, FileOp::kCreate, "/log"));
  const FileRow* cut = find_file(facts, FileOp::kTruncate, "/log");
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->how, FileHow::kOpenTruncate);
}

TEST(Files, FailuresHaveRowsOfTheirOwn) {
  TraceBuilder trace;
  trace.process(1).open(1, "/etc/shadow", -EACCES);
  trace.open(1, "/etc/shadow", 3, O_RDONLY, "/etc/shadow");
  const Facts& facts = trace.facts();
  ASSERT_EQ(facts.files.size(), 2u);
  EXPECT_EQ(facts.files[0].error, EACCES);
  EXPECT_EQ(facts.files[1].error, 0);
}

TEST(Files, RelativePathsStartAtTheWorkingDirectory) {
  TraceBuilder trace;
  trace.process(1).chdir(1, "/tmp").unlink(1, "x/../y").chdir(1, "..");
  trace.unlink(1, "z");
  const Facts& facts = trace.facts();
  EXPECT_TRUE(find_file(facts, FileOp::kDelete, "/tmp/y"));
  EXPECT_TRUE(find_file(facts, FileOp::kDelete, "/z"));
}

TEST(Files, ChildHasItsOwnWorkingDirectory) {
  TraceBuilder trace;
  trace.process(1).chdir(1, "/a").fork(1, 2).chdir(2, "/b");
  trace.unlink(1, "x").unlink(2, "x");
  const Facts& facts = trace.facts();
  EXPECT_TRUE(find_file(facts, FileOp::kDelete, "/a/x"));
  EXPECT_TRUE(find_file(facts, FileOp::kDelete, "/b/x"));
}

TEST(Files, CloneFsSharesTheWorkingDirectory) {
  TraceBuilder trace;
  trace.process(1).chdir(1, "/a").fork(1, 2, CLONE_FS).chdir(2, "/b");
  trace.unlink(1, "x");
  EXPECT_TRUE(find_file(trace.facts(), FileOp::kDelete, "/b/x"));
}

TEST(Files, PathsAreRelativeToADirectoryDescriptor) {
  TraceBuilder trace;
  trace.process(1).open(1, "/var/log", 4, O_DIRECTORY, "/var/log");
  trace.call(1, "unlinkat", {4, 0x1000, 0}, 0).text(1, "auth.log");
  EXPECT_TRUE(find_file(trace.facts(), FileOp::kDelete, "/var/log/auth.log"));
}

TEST(Files, UnlinkatWithRemovedirIsRmdir) {
  TraceBuilder trace;
  trace.process(1);
  trace.call(1, "unlinkat", {uint64_t(AT_FDCWD), 1, AT_REMOVEDIR}, 0);
  trace.text(1, "/d");
  EXPECT_TRUE(find_file(trace.facts(), FileOp::kRmdir, "/d"));
}

TEST(Files, ChrootBoundsPathsAndIsPartOfThem) {
  TraceBuilder trace;
  trace.process(1).call(1, "chroot", {1}, 0).text(0, "/jail");
  trace.chdir(1, "/").open(1, "/etc/passwd", 3, O_RDONLY, "/etc/passwd");
  trace.unlink(1, "../../x");
  const Facts& facts = trace.facts();
  EXPECT_TRUE(find_file(facts, FileOp::kOpen, "/jail/etc/passwd"));
  EXPECT_TRUE(find_file(facts, FileOp::kDelete, "/jail/x"));
}

TEST(Files, SymlinkIsFollowedOnceItIsKnown) {
  TraceBuilder trace;
  trace.process(1).call(1, "symlink", {1, 2}, 0).text(0, "/srv/real");
  trace.text(1, "/link").unlink(1, "/link/f").unlink(1, "/link");
  const Facts& facts = trace.facts();
  const FileRow* made = find_file(facts, FileOp::kSymlink, "/link");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->to, "/srv/real");
  const FileRow* gone = find_file(facts, FileOp::kDelete, "/srv/real/f");
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->requested, "/link/f");
  EXPECT_TRUE(find_file(facts, FileOp::kDelete, "/link"));
}

TEST(Files, KernelsPathTeachesLinkedDirectories) {
  TraceBuilder trace;
  trace.process(1).open(1, "/bin/sh", 3, O_RDONLY, "/usr/bin/sh");
  trace.unlink(1, "/bin/tool");
  const Facts& facts = trace.facts();
  EXPECT_EQ(find_file(facts, FileOp::kOpen, "/usr/bin/sh")->requested,
            "/bin/sh");
  EXPECT_TRUE(find_file(facts, FileOp::kDelete, "/usr/bin/tool"));
}

TEST(Files, WorkingDirectoryThroughASymlinkIsTheRealOne) {
  TraceBuilder trace;
  trace.process(1).call(1, "symlink", {1, 2}, 0).text(0, "real");
  trace.text(1, "/srv/link").chdir(1, "/srv/link").unlink(1, "../x");
  EXPECT_TRUE(find_file(trace.facts(), FileOp::kDelete, "/srv/x"));
}

TEST(Files, DupAndForkShareWhatAnOpenFileIs) {
  TraceBuilder trace;
  trace.process(1).create(1, "/out", 3).call(1, "dup2", {3, 1}, 1);
  trace.close(1, 3).fork(1, 2).write(2, 1, 7);
  const FileRow* row = find_file(trace.facts(), FileOp::kWrite, "/out");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->bytes, 7u);
}

TEST(Files, Dup2OverAnOpenDescriptorReplacesIt) {
  TraceBuilder trace;
  trace.process(1).open(1, "/a", 3, O_RDONLY, "/a");
  trace.open(1, "/b", 4, O_RDONLY, "/b").call(1, "dup2", {4, 3}, 3);
  trace.read(1, 3, 9);
  EXPECT_TRUE(find_file(trace.facts(), FileOp::kRead, "/b"));
  EXPECT_FALSE(find_file(trace.facts(), FileOp::kRead, "/a"));
}

TEST(Files, ANumberGivenOutBeforeItsCloseReturnsIsTheNewFile) {
  TraceBuilder trace;
  trace.process(1).thread(1, 10).open(1, "/old", 3);
  trace.open(1, "/new", 3).close(1, 3);
  Event& close = trace.events().back().event;
  close.flags |= kHasEnter;
  close.duration_ns = 1500;  // the event before is 1000 ns ago
  trace.write(1, 3, 5);
  EXPECT_TRUE(find_file(trace.facts(), FileOp::kWrite, "/new"));
}

TEST(Files, VforkedChildHasDescriptorsOfItsOwn) {
  TraceBuilder trace;
  trace.process(1).open(1, "/a", 3).fork(1, 2, CLONE_VM | CLONE_VFORK);
  trace.close(2, 3).exec(2, {"/x"}).write(1, 3, 5);
  EXPECT_TRUE(find_file(trace.facts(), FileOp::kWrite, "/a"));
  EXPECT_EQ(trace.facts().gaps.unknown_descriptors, 0u);
}

TEST(Files, CloseOnExecClosesAtExecOnly) {
  TraceBuilder trace;
  trace.process(1).open(1, "/a", 3, O_RDONLY | O_CLOEXEC, "/a").read(1, 3, 1);
  trace.open(1, "/b", 4, O_RDONLY, "/b").exec(1, {"/bin/x"});
  trace.read(1, 3, 2).read(1, 4, 4);
  const Facts& facts = trace.facts();
  EXPECT_EQ(find_file(facts, FileOp::kRead, "/a")->bytes, 1u);
  EXPECT_EQ(find_file(facts, FileOp::kRead, "/b")->bytes, 4u);
  EXPECT_EQ(facts.gaps.unknown_descriptors, 1u);
}

TEST(Files, FcntlDuplicatesAndSetsCloseOnExec) {
  TraceBuilder trace;
  trace.process(1).open(1, "/a", 3, O_RDONLY, "/a");
  trace.call(1, "fcntl", {3, F_DUPFD, 10}, 10);
  trace.call(1, "fcntl", {3, F_SETFD, FD_CLOEXEC}, 0);
  trace.exec(1, {"/bin/x"}).read(1, 10, 5);
  EXPECT_EQ(find_file(trace.facts(), FileOp::kRead, "/a")->bytes, 5u);
}

TEST(Files, CloseRangeClosesAllOfThem) {
  TraceBuilder trace;
  trace.process(1).open(1, "/a", 3, O_RDONLY, "/a");
  trace.open(1, "/b", 2000, O_RDONLY, "/b");
  trace.call(1, "close_range", {3, ~0u, 0}, 0).read(1, 3, 1);
  trace.read(1, 2000, 1);
  const Facts& facts = trace.facts();
  EXPECT_FALSE(find_file(facts, FileOp::kRead, "/a"));
  EXPECT_FALSE(find_file(facts, FileOp::kRead, "/b"));
}

TEST(Files, CloseRangeUnshareLeavesTheOthersAlone) {
  TraceBuilder trace;
  trace.process(1).open(1, "/a", 3, O_RDONLY, "/a");
  trace.fork(1, 2, CLONE_FILES);
  trace.call(2, "close_range", {3, 3, CLOSE_RANGE_UNSHARE}, 0);
  trace.read(1, 3, 1);
  EXPECT_TRUE(find_file(trace.facts(), FileOp::kRead, "/a"));
}

TEST(Files, CloneFilesSharesDescriptorsForkCopiesThem) {
  TraceBuilder trace;
  trace.process(1).fork(1, 2, CLONE_FILES).fork(1, 3);
  trace.open(1, "/a", 3, O_RDONLY, "/a").read(2, 3, 1).read(3, 3, 1);
  const Facts& facts = trace.facts();
  EXPECT_EQ(find_file(facts, FileOp::kRead, "/a")->seen.count, 1u);
  EXPECT_EQ(find_file(facts, FileOp::kRead, "/a")->process,
            process_with_pid(facts, 2).id);
}

TEST(Files, ThreadsShareDescriptors) {
  TraceBuilder trace;
  trace.process(1).thread(1, 10);
  trace.call(1, "openat", {uint64_t(AT_FDCWD), 1, 0, 0}, 3, 10).text(1, "/t");
  trace.read(1, 3, 4);
  EXPECT_TRUE(find_file(trace.facts(), FileOp::kRead, "/t"));
}

TEST(Files, RenameOverReplacesTheTarget) {
  TraceBuilder trace;
  trace.process(1).open(1, "/etc/passwd", 3, O_RDONLY, "/etc/passwd");
  trace.create(1, "/etc/tmp", 4).rename(1, "/etc/tmp", "/etc/passwd");
  trace.write(1, 4, 3).read(1, 3, 8);
  const Facts& facts = trace.facts();
  const FileRow* row = find_file(facts, FileOp::kRename, "/etc/tmp");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->to, "/etc/passwd");
  EXPECT_FALSE(find_file(facts, FileOp::kWrite, "/etc/passwd")->is_deleted);
  EXPECT_TRUE(find_file(facts, FileOp::kRead, "/etc/passwd")->is_deleted);
}

TEST(Files, RenamedDirectoryTakesOpenFilesAndWorkingDirectoriesAlong) {
  TraceBuilder trace;
  trace.process(1).open(1, "/d/f", 3, O_RDONLY, "/d/f").chdir(1, "/d/sub");
  trace.rename(1, "/d", "/e").read(1, 3, 1).unlink(1, "x");
  const Facts& facts = trace.facts();
  EXPECT_TRUE(find_file(facts, FileOp::kRead, "/e/f"));
  EXPECT_TRUE(find_file(facts, FileOp::kDelete, "/e/sub/x"));
}

TEST(Files, ExchangeSwapsBothNames) {
  TraceBuilder trace;
  trace.process(1).open(1, "/a", 3, O_RDONLY, "/a");
  trace.open(1, "/b", 4, O_RDONLY, "/b");
  trace.call(1, "renameat2",
             {uint64_t(AT_FDCWD), 1, uint64_t(AT_FDCWD), 2, RENAME_EXCHANGE},
             0);
  trace.text(1, "/a").text(3, "/b").read(1, 3, 1).read(1, 4, 2);
  const Facts& facts = trace.facts();
  EXPECT_TRUE(find_file(facts, FileOp::kExchange, "/a"));
  EXPECT_EQ(find_file(facts, FileOp::kRead, "/b")->bytes, 1u);
  EXPECT_EQ(find_file(facts, FileOp::kRead, "/a")->bytes, 2u);
}

TEST(Files, WriteAfterUnlinkIsToADeletedFile) {
  TraceBuilder trace;
  trace.process(1).create(1, "/x", 3).unlink(1, "/x").write(1, 3, 6);
  const FileRow* row = find_file(trace.facts(), FileOp::kWrite, "/x");
  ASSERT_TRUE(row);
  EXPECT_TRUE(row->is_deleted);
}

TEST(Files, TmpfileGetsItsNameByLinkat) {
  TraceBuilder trace;
  trace.process(1);
  trace.open(1, "/tmp", 3, O_TMPFILE | O_RDWR, "/tmp/#77");
  FilePart file{};
  file.mode = S_IFREG;
  file.inode = 77;
  trace.part(kReturnArg, PartKind::kFile, file);
  trace.call(1, "linkat",
             {uint64_t(AT_FDCWD), 1, uint64_t(AT_FDCWD), 2, AT_SYMLINK_FOLLOW},
             0);
  trace.text(1, "/proc/self/fd/3").text(3, "/tmp/named").write(1, 3, 2);
  const Facts& facts = trace.facts();
  EXPECT_EQ(find_file(facts, FileOp::kLink, "/tmp/#77")->to, "/tmp/named");
  EXPECT_FALSE(find_file(facts, FileOp::kWrite, "/tmp/named")->is_deleted);
}

TEST(Files, ProcSelfFdIsTheFileBehindIt) {
  TraceBuilder trace;
  trace.process(1).call(1, "memfd_create", {1, 0}, 3).text(0, "payload");
  trace.write(1, 3, 100).fork(1, 2);
  trace.exec(2, {"/proc/self/fd/3"}, "/");
  const Facts& facts = trace.facts();
  EXPECT_TRUE(find_file(facts, FileOp::kMemfd, "memfd:payload"));
  EXPECT_TRUE(find_file(facts, FileOp::kWrite, "memfd:payload"));
  EXPECT_EQ(process_with_pid(facts, 2).exe, "memfd:payload");
}

TEST(Files, OwnProcFilesKeepTheirOwnName) {
  TraceBuilder trace;
  trace.process(1);
  trace.open(1, "/proc/self/mountinfo", 3, O_RDONLY, "/proc/1/mountinfo");
  trace.read(1, 3, 10);
  EXPECT_TRUE(find_file(trace.facts(), FileOp::kRead, "/proc/self/mountinfo"));
}

TEST(Files, NamesMayBeAnyBytes) {
  TraceBuilder trace;
  trace.process(1).create(1, "/tmp/\xff\n\x1b[2J", 3);
  EXPECT_TRUE(find_file(trace.facts(), FileOp::kCreate, "/tmp/\xff\n\x1b[2J"));
}

TEST(Files, EveryOperationOnAPathHasARow) {
  constexpr uint64_t kHere = uint64_t(AT_FDCWD);
  struct Deed {
    const char* call;
    TraceBuilder::Args args;
    uint8_t path;  // which argument
    FileOp op;
  };
  const Deed kDeeds[] = {
      {"mkdirat", {kHere, 1, 0755}, 1, FileOp::kMkdir},
      {"mknodat", {kHere, 1, S_IFIFO | 0644, 0}, 1, FileOp::kMknod},
      {"fchmodat", {kHere, 1, 0600}, 1, FileOp::kChmod},
      {"fchownat", {kHere, 1, 1, 1, 0}, 1, FileOp::kChown},
      {"utimensat", {kHere, 1, 0, 0}, 1, FileOp::kUtimes},
      {"setxattr", {1, 2, 3, 4, 0}, 0, FileOp::kXattr},
      {"lremovexattr", {1, 2}, 0, FileOp::kXattr},
      {"newfstatat", {kHere, 1, 2, 0}, 1, FileOp::kLookup},
      {"faccessat", {kHere, 1, 0}, 1, FileOp::kLookup},
      {"truncate", {1, 5}, 0, FileOp::kTruncate},
      {"unlinkat", {kHere, 1, 0}, 1, FileOp::kDelete},
      {"unlinkat", {kHere, 1, AT_REMOVEDIR}, 1, FileOp::kRmdir},
      {"file_setattr", {kHere, 1, 2, 8, 0}, 1, FileOp::kInodeAttributes},
      {"mount", {2, 1, 3, 0, 0}, 1, FileOp::kMount},
      {"umount2", {1, 0}, 0, FileOp::kUmount},
      {"chdir", {1}, 0, FileOp::kChdir},
      {"chroot", {1}, 0, FileOp::kChroot},
  };
  for (const Deed& deed : kDeeds)
    for (const int64_t result : {int64_t(0), int64_t(-EACCES)}) {
      TraceBuilder trace;
      trace.process(1).call(1, deed.call, deed.args, result);
      trace.text(deed.path, "/the/path");
      const FileRow* row = find_file(trace.facts(), deed.op, "/the/path");
      ASSERT_TRUE(row) << deed.call << ' ' << result;
      EXPECT_EQ(row->error, -result) << deed.call;
    }
}

TEST(Files, EveryOperationOnADescriptorHasARow) {
  struct Deed {
    const char* call;
    TraceBuilder::Args args;
    int64_t result;
    FileOp op;
  };
  constexpr uint64_t kShared = MAP_SHARED;
  const Deed kDeeds[] = {
      {"fchmod", {3, 0600}, 0, FileOp::kChmod},
      {"fchown", {3, 1, 1}, 0, FileOp::kChown},
      {"fsetxattr", {3, 1, 2, 3, 0}, 0, FileOp::kXattr},
      {"ftruncate", {3, 9}, 0, FileOp::kTruncate},
      {"fallocate", {3, 0, 0, 10}, 0, FileOp::kAllocate},
      {"getdents64", {3, 1, 100}, 24, FileOp::kList},
      {"mmap", {0, 4096, PROT_READ, kShared, 3, 0}, 4096, FileOp::kMap},
      {"mmap", {0, 9, PROT_WRITE, kShared, 3, 0}, 4096, FileOp::kMapWrite},
      {"pwrite64", {3, 1, 7, 0}, 7, FileOp::kWrite},
      {"preadv", {3, 1, 1, 0, 0}, 7, FileOp::kRead},
      {"fchdir", {3}, 0, FileOp::kChdir},
  };
  for (const Deed& deed : kDeeds) {
    TraceBuilder trace;
    trace.process(1).open(1, "/the/path", 3, O_RDWR);
    trace.call(1, deed.call, deed.args, deed.result);
    EXPECT_TRUE(find_file(trace.facts(), deed.op, "/the/path")) << deed.call;
  }
}

TEST(Files, UnknownDescriptorIsCountedAndNotGuessed) {
  TraceBuilder trace;
  trace.process(1).read(1, 9, 5);
  const Facts& facts = trace.facts();
  ASSERT_EQ(facts.files.size(), 1u);
  EXPECT_EQ(facts.files[0].path_certainty, Certainty::kUnknown);
  EXPECT_EQ(facts.gaps.unknown_descriptors, 1u);
}

TEST(Files, RelativePathOfAnUnknownProcessStaysUnknown) {
  TraceBuilder trace;
  trace.unlink(7, "x");
  const Facts& facts = trace.facts();
  ASSERT_EQ(facts.files.size(), 1u);
  EXPECT_EQ(facts.files[0].path, "x");
  EXPECT_EQ(facts.files[0].path_certainty, Certainty::kUnknown);
  EXPECT_EQ(facts.gaps.unknown_paths, 1u);
}

TEST(Files, SnapshotTellsWhatWasOpen) {
  TraceBuilder trace;
  ProcessState state;
  state.fds.push_back({.fd = 7, .target = "/var/log/x (deleted)"});
  trace.process(1, state).write(1, 7, 3);
  const FileRow* row = find_file(trace.facts(), FileOp::kWrite, "/var/log/x");
  ASSERT_TRUE(row);
  EXPECT_TRUE(row->is_deleted);
}

}  // namespace
}  // namespace vestige
