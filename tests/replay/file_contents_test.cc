// SPDX-License-Identifier: Apache-2.0
#include "replay/content/file_contents.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <map>
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
  FileContents contents{[](const FileContent&) { return true; }};
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

TEST_F(Content, OneWriteMayHaveSeveralParts) {
  trace.create(1, "/x", 3);
  trace.call(1, "writev", {3, 1, 2}, 11);
  trace.payload(1, "hello ", 6).payload(1, "world", 5);
  EXPECT_EQ(text("/x"), "hello world");
  EXPECT_TRUE(found->is_complete());
}

TEST_F(Content, CopiedBytesAreKnownWhereTheirSourceIs) {
  trace.create(1, "/from", 3).create(1, "/to", 4);
  write(3, "0123456789", 6);
  trace.call(1, "lseek", {3, 2, SEEK_SET}, 2);
  trace.call(1, "copy_file_range", {3, 0, 4, 0, 5, 0}, 5);
  EXPECT_EQ(text("/to"), "2345");
  EXPECT_EQ(found->size, 5u);
  EXPECT_FALSE(found->is_complete());
}

TEST_F(Content, SendfileWithAnOffsetCopiesFromThere) {
  trace.create(1, "/from", 3).create(1, "/to", 4);
  write(3, "0123456789");
  const uint64_t after = 7;
  trace.call(1, "sendfile", {4, 3, 0x1000, 3}, 3)
      .part(2, PartKind::kBytes, after);
  EXPECT_EQ(text("/to"), "456");
  EXPECT_TRUE(found->is_complete());
}

TEST_F(Content, SpliceThroughAPipeCarriesTheBytesOn) {
  trace.create(1, "/from", 3).create(1, "/to", 4);
  const int32_t fds[] = {5, 6};
  trace.call(1, "pipe2", {0x1000, 0}, 0).part(0, PartKind::kFds, fds);
  write(3, "through a pipe");
  trace.call(1, "lseek", {3, 0, SEEK_SET}, 0);
  trace.call(1, "splice", {3, 0, 6, 0, 14, 0}, 14);
  trace.call(1, "splice", {5, 0, 4, 0, 14, 0}, 14);
  EXPECT_EQ(text("/to"), "through a pipe");
  EXPECT_TRUE(found->is_complete());
}

TEST_F(Content, TeeLeavesTheBytesInItsSource) {
  const int32_t first[] = {5, 6}, second[] = {7, 8};
  trace.create(1, "/one", 3).create(1, "/two", 4);
  trace.call(1, "pipe", {0x1000}, 0).part(0, PartKind::kFds, first);
  trace.call(1, "pipe", {0x1000}, 0).part(0, PartKind::kFds, second);
  write(6, "both");
  trace.call(1, "tee", {5, 8, 4, 0}, 4);
  trace.call(1, "splice", {5, 0, 3, 0, 4, 0}, 4);
  trace.call(1, "splice", {7, 0, 4, 0, 4, 0}, 4);
  trace.facts(&contents);
  EXPECT_EQ(text("/one"), "both");
  EXPECT_EQ(text("/two"), "both");
}

TEST_F(Content, APipeIsOneStreamWhoeverTellsOfIt) {
  const int32_t fds[] = {5, 6};
  trace.call(1, "pipe", {0x1000}, 0).part(0, PartKind::kFds, fds);
  const std::string name = fmt::format("pipe:#1.{}", trace.events().size() - 1);
  write(6, "abc", 1);
  write(6, "def");
  trace.call(1, "read", {5, 1, 9}, 6).payload(1, "abcde", 6);
  EXPECT_EQ(text(name), "abcdef");
  EXPECT_EQ(found->kind, ContentKind::kPipe);
  EXPECT_TRUE(found->is_complete());
}

TEST_F(Content, AConnectionIsAStreamEachWay) {
  trace.call(1, "socket", {2, 1, 0}, 3);
  write(3, "question");
  trace.call(1, "read", {3, 1, 9}, 6).payload(1, "answ", 6);
  trace.facts(&contents);
  std::map<ContentKind, const FileContent*> streams;
  for (const FileContent& stream : contents.files())
    streams[stream.kind] = &stream;
  ASSERT_EQ(streams.size(), 2u);
  EXPECT_TRUE(streams[ContentKind::kSent]->is_complete());
  EXPECT_EQ(streams[ContentKind::kReceived]->size, 6u);
  EXPECT_FALSE(streams[ContentKind::kReceived]->is_complete());
  EXPECT_EQ(streams[ContentKind::kSent]->connection, ConnectionId(1));
}

TEST_F(Content, WhatIsMappedForWritingIsNeverComplete) {
  trace.create(1, "/x", 3);
  write(3, "hello");
  trace.call(1, "mmap", {0, 5, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0}, 4096);
  EXPECT_EQ(text("/x"), "hello");
  EXPECT_FALSE(found->is_complete());
}

TEST_F(Content, WhatMayBecomeWritableMemoryIsNeverComplete) {
  for (const bool is_shared : {false, true}) {
    trace.open(1, is_shared ? "/shared" : "/private", 3,
               O_RDWR | O_CREAT | O_EXCL);
    write(3, "hello");
    const uint64_t flags = is_shared ? MAP_SHARED : MAP_PRIVATE;
    trace.call(1, "mmap", {0, 5, PROT_READ, flags, 3, 0}, 4096);
    trace.call(1, "mprotect", {4096, 5, PROT_READ | PROT_WRITE}, 0);
  }
  EXPECT_EQ(text("/private"), "hello");
  EXPECT_TRUE(found->is_complete());
  EXPECT_EQ(text("/shared"), "hello");
  EXPECT_FALSE(found->is_complete());
}

TEST_F(Content, SourcesNobodyAskedForAreKeptAsSources) {
  FileContents only_to(
      [](const FileContent& content) { return content.path == "/to"; });
  trace.create(1, "/from", 3).create(1, "/to", 4);
  write(3, "x");
  trace.call(1, "lseek", {3, 0, SEEK_SET}, 0);
  trace.call(1, "sendfile", {4, 3, 0, 1}, 1);
  trace.facts(&only_to);
  for (const FileContent& file : only_to.files()) {
    EXPECT_EQ(file.is_wanted, file.path == "/to");
    EXPECT_TRUE(file.is_complete()) << file.path;
  }
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
