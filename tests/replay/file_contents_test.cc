// SPDX-License-Identifier: Apache-2.0
#include "replay/content/file_contents.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <random>

#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

class Content : public testing::Test {
 protected:
  Content() { trace.process(1); }

  void write(int fd, std::string_view bytes, size_t captured = ~0ull) {
    trace.write(1, fd, int64_t(bytes.size()));
    trace.payload(1, bytes.substr(0, captured), bytes.size());
  }
  const FileContent& content(std::string_view path) {
    trace.facts(&contents);
    for (const FileContent& file : contents.files())
      if (file.path == path) found = &file;
    EXPECT_TRUE(found) << path;
    return *found;
  }
  std::string text(std::string_view path) {
    std::string out;
    content(path).bytes.for_each(
        [&](uint64_t offset, const std::string& bytes) {
          out.resize(std::max<size_t>(out.size(), offset + bytes.size()), '?');
          out.replace(offset, bytes.size(), bytes);
        });
    return out;
  }

  TraceBuilder trace;
  FileContents contents{[](std::string_view) { return true; }};
  const FileContent* found = nullptr;
};

TEST_F(Content, IsWhatWasWrittenInOrder) {
  trace.create(1, "/x", 3);
  write(3, "hello ");
  write(3, "world");
  EXPECT_EQ(text("/x"), "hello world");
  EXPECT_TRUE(found->is_complete());
  EXPECT_TRUE(found->is_whole_life);
}

TEST_F(Content, SeekAndPwriteGoWhereTheySay) {
  trace.create(1, "/x", 3);
  write(3, "aaaaaaaa");
  trace.call(1, "lseek", {3, 2, SEEK_SET}, 2);
  write(3, "bb");
  trace.call(1, "pwrite64", {3, 1, 1, 7}, 1).payload(1, "c", 1);
  write(3, "d");
  EXPECT_EQ(text("/x"), "aabbdaac");
}

TEST_F(Content, UncapturedBytesAreUnknownNotZero) {
  trace.create(1, "/x", 3);
  write(3, "0123456789", 4);
  write(3, "end");
  EXPECT_EQ(text("/x"), "0123??????end");
  EXPECT_FALSE(found->is_complete());
  ASSERT_EQ(found->bytes.known().size(), 2u);
  EXPECT_EQ(found->bytes.known()[1].offset, 10u);
}

TEST_F(Content, AppendGoesToTheEnd) {
  trace.create(1, "/x", 3);
  write(3, "one");
  trace.open(1, "/x", 4, O_WRONLY | O_APPEND, "/x");
  FilePart file{.mode = S_IFREG, .size = 3};
  file.inode = trace.inode_of("/x");
  trace.part(kReturnArg, PartKind::kFile, file);
  write(4, "two");
  EXPECT_EQ(text("/x"), "onetwo");
}

TEST_F(Content, TruncationCutsAndGrowthIsZeros) {
  trace.create(1, "/x", 3);
  write(3, "hello");
  trace.call(1, "ftruncate", {3, 2}, 0).call(1, "ftruncate", {3, 4}, 0);
  EXPECT_EQ(text("/x"), std::string("he\0\0", 4));
  EXPECT_TRUE(found->is_complete());
}

TEST_F(Content, RecreatedFileIsAnotherLife) {
  trace.create(1, "/x", 3);
  write(3, "first");
  trace.unlink(1, "/x").create(1, "/x", 4);
  write(4, "2nd");
  EXPECT_EQ(text("/x"), "2nd");
  EXPECT_EQ(contents.files().size(), 2u);
}

TEST_F(Content, ForkedWritersShareTheOffset) {
  trace.create(1, "/x", 3).fork(1, 2);
  write(3, "aa");
  trace.write(2, 3, 2).payload(1, "bb", 2);
  EXPECT_EQ(text("/x"), "aabb");
}

TEST(SparseBytes, AgreesWithAPlainBufferOnAnyWrites) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    SparseBytes sparse;
    std::string plain(64, '?');
    for (int step = 0; step < 30; ++step) {
      const size_t offset = random() % 64;
      const size_t size = std::min<size_t>(random() % 20, 64 - offset);
      if (random() % 3 == 0) {
        sparse.forget(offset, size);
        plain.replace(offset, size, size, '?');
      } else {
        const std::string bytes(size, char('a' + random() % 26));
        sparse.write(offset, bytes);
        plain.replace(offset, size, bytes);
      }
    }
    std::string rebuilt(64, '?');
    sparse.for_each([&](uint64_t offset, const std::string& bytes) {
      rebuilt.replace(offset, bytes.size(), bytes);
    });
    ASSERT_EQ(rebuilt, plain);
  }
}

TEST(SparseBytes, CutKeepsWhatLiesBefore) {
  SparseBytes sparse;
  sparse.write(0, "abcdef");
  sparse.cut(3);
  ASSERT_EQ(sparse.known().size(), 1u);
  EXPECT_EQ(sparse.known()[0].size, 3u);
  sparse.cut(0);
  EXPECT_TRUE(sparse.known().empty());
}

}  // namespace
}  // namespace vestige
