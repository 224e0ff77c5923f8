// SPDX-License-Identifier: Apache-2.0
#include "replay/state/file_lives.h"

#include <sys/stat.h>

#include <algorithm>

#include "tests/replay/rows.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

class Lives : public testing::Test {
 protected:
  Lives() { trace.process(1).fork(1, 2); }

  // Valid until the next call.
  const FileLife& life(std::string_view name, int nth = 0) {
    lives_ = std::make_unique<FileLives>(trace.texts());
    trace.facts(nullptr, lives_.get());
    for (const FileLife& life : lives_->all())
      for (const FileLife::Name& one : life.names)
        if (one.path == name && nth-- == 0) return life;
    ADD_FAILURE() << "no life of " << name;
    static const FileLife kNone;
    return kNone;
  }
  static std::vector<std::string_view> names(const FileLife& life) {
    std::vector<std::string_view> out;
    for (const FileLife::Name& name : life.names) out.push_back(name.path);
    return out;
  }
  static const FileLife::Touch* touch(const FileLife& life, FileOp op) {
    const auto found =
        std::ranges::find(life.touches, op, &FileLife::Touch::op);
    return found == life.touches.end() ? nullptr : &*found;
  }

  TraceBuilder trace;
  std::unique_ptr<FileLives> lives_;
};

using Names = std::vector<std::string_view>;

TEST_F(Lives, OneFileKeepsItsLifeThroughItsNames) {
  trace.create(1, "/a", 3).write(1, 3, 5).rename(2, "/a", "/b");
  trace.write(1, 3, 5).unlink(2, "/b");
  const FileLife& file = life("/a");
  EXPECT_TRUE(file.was_created);
  EXPECT_EQ(names(file), (Names{"/a", "/b"}));
  EXPECT_EQ(file.names[0].how, FileOp::kCreate);
  EXPECT_NE(file.names[0].to_ns, 0u);
  EXPECT_EQ(file.fate, FileFate::kDeleted);
  EXPECT_EQ(uint32_t(file.ended_by), 2u);
  ASSERT_TRUE(touch(file, FileOp::kWrite));
  EXPECT_EQ(touch(file, FileOp::kWrite)->bytes, 10u);
  EXPECT_EQ(touch(file, FileOp::kWrite)->seen.count, 2u);
}

TEST_F(Lives, AFileMadeAnewUnderTheNameIsAnother) {
  trace.create(1, "/a", 3).close(1, 3).unlink(1, "/a");
  trace.create(1, "/a", 3).write(1, 3, 1);
  EXPECT_EQ(life("/a", 0).fate, FileFate::kDeleted);
  EXPECT_EQ(life("/a", 1).fate, FileFate::kThere);
  EXPECT_FALSE(touch(life("/a", 0), FileOp::kWrite));
}

TEST_F(Lives, RenameOverEndsWhatWasThere) {
  trace.create(1, "/old", 3).create(1, "/new", 4).rename(2, "/new", "/old");
  const FileLife& replaced = life("/old", 0);
  EXPECT_EQ(replaced.fate, FileFate::kReplaced);
  EXPECT_EQ(names(life("/new")), (Names{"/new", "/old"}));
}

TEST_F(Lives, AHardLinkIsASecondName) {
  trace.create(1, "/a", 3);
  trace.call(1, "link", {1, 2}, 0).text(0, "/a").text(1, "/b");
  trace.unlink(1, "/a").write(1, 3, 4);
  const FileLife& file = life("/b");
  EXPECT_EQ(names(file), (Names{"/a", "/b"}));
  EXPECT_EQ(file.fate, FileFate::kThere);
  trace.unlink(1, "/b");
  EXPECT_EQ(life("/b").fate, FileFate::kDeleted);
}

TEST_F(Lives, ExchangeSwapsTheNames) {
  trace.create(1, "/a", 3).create(1, "/b", 4);
  trace.call(1, "renameat2", {uint64_t(AT_FDCWD), 1, uint64_t(AT_FDCWD), 2, 2},
             0);
  trace.text(1, "/a").text(3, "/b").write(1, 3, 9);
  const FileLife& first = life("/a", 0);
  EXPECT_EQ(names(first), (Names{"/a", "/b"}));
  EXPECT_EQ(touch(first, FileOp::kWrite)->bytes, 9u);
}

TEST_F(Lives, ARenamedFolderTakesNamesAlong) {
  trace.create(1, "/d/a", 3).rename(1, "/d", "/e").unlink(1, "/e/a");
  const FileLife& file = life("/d/a");
  EXPECT_EQ(names(file), (Names{"/d/a", "/e/a"}));
  EXPECT_EQ(file.fate, FileFate::kDeleted);
}

TEST_F(Lives, ANumberUsedAgainIsAnotherFile) {
  const auto open = [&](std::string_view path, uint32_t generation) {
    trace.open(1, path, 3, O_RDONLY, path);
    trace.part(
        kReturnArg, PartKind::kFile,
        FilePart{
            .inode = 9, .generation = generation, .mode = S_IFREG, .nlink = 1});
    trace.read(1, 3, 1).close(1, 3);
  };
  open("/first", 1);
  open("/second", 2);
  EXPECT_EQ(names(life("/first")), Names{"/first"});
  EXPECT_EQ(names(life("/second")), Names{"/second"});
}

TEST_F(Lives, WhatWasThereBeforeWasNotMadeHere) {
  trace.open(1, "/etc/passwd", 3, O_RDONLY, "/etc/passwd").read(1, 3, 10);
  EXPECT_FALSE(life("/etc/passwd").was_created);
}

}  // namespace
}  // namespace vestige
