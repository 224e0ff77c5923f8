// SPDX-License-Identifier: Apache-2.0
//
// What a trace that is written takes of memory, and gives back.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/format/trace_fixture.h"

namespace vestige {
namespace {

constexpr size_t kIdleBytes = 64 * 1024;

class WriterMemory : public testing::Test {
 protected:
  TraceWriter create(const WriterOptions& options = {}) {
    paths_.push_back(dir_.file(std::to_string(paths_.size()).c_str()));
    return *TraceWriter::create(paths_.back(), some_header(), options);
  }
  static void append(TraceWriter& writer, EventMaker& maker, int events) {
    for (int i = 0; i < events; ++i)
      ASSERT_TRUE(writer.append(maker.next().event));
  }
  static void append_paths(TraceWriter& writer, int from, int to) {
    for (int i = from; i < to; ++i) {
      const std::string path = "/data/file-" + std::to_string(i);
      const Part part{
          .kind = PartKind::kPath, .full_size = path.size(), .data = path};
      Event event{.type = {Abi::kX86_64, 257},
                  .time_ns = uint64_t(i),
                  .parts = {&part, 1}};
      ASSERT_TRUE(writer.append(event));
    }
  }

  TempDir dir_;
  std::vector<std::string> paths_;
};

TEST_F(WriterMemory, ATraceWithoutEventsTakesLittle) {
  EXPECT_LT(create().memory_bytes(), kIdleBytes);
}

TEST_F(WriterMemory, IsGivenBackWithTheChunk) {
  TraceWriter writer = create();
  EventMaker maker(1);
  append(writer, maker, 20000);
  const size_t before = writer.memory_bytes();
  EXPECT_GT(before, 20000u * 50);
  ASSERT_TRUE(writer.flush());
  EXPECT_GE(writer.memory_bytes(), before / 2);
  ASSERT_TRUE(writer.flush_and_release());
  EXPECT_LT(writer.memory_bytes(), kIdleBytes);
}

TEST_F(WriterMemory, GivenBackChangesNothingInTheTrace) {
  EventMaker maker(2), same(2);
  TraceWriter writer = create();
  for (int i = 0; i < 10; ++i) {
    append(writer, maker, 300);
    ASSERT_TRUE(writer.flush_and_release());
  }
  ASSERT_TRUE(writer.close({}));
  EXPECT_LT(writer.memory_bytes(), kIdleBytes);
  auto reader = TraceReader::open(paths_.back());
  ASSERT_TRUE(reader);
  for (int i = 0; i < 3000; ++i) {
    auto item = reader->next();
    ASSERT_TRUE(item && item->event) << i;
    OwnedEvent wanted = same.next();
    EXPECT_EQ(item->event->time_ns, wanted.event.time_ns);
    EXPECT_EQ(item->event->args, wanted.event.args);
  }
}

TEST_F(WriterMemory, EventsOfNoKnownTypeAreCountedBeyondIt) {
  TraceWriter writer = create();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(writer.append({.type = {Abi::kX86_64, 60000}}));
    ASSERT_TRUE(writer.flush_and_release());
  }
  ASSERT_TRUE(writer.close({}));
  auto reader = TraceReader::open(paths_.back());
  ASSERT_TRUE(reader);
  while (*reader->next()) {
  }
  const auto& losses = reader->end().losses;
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].reason, LossReason::kUnknownType);
  EXPECT_EQ(losses[0].count, 3u);
}

// Of two traces that share room for their indexes, together.
TEST_F(WriterMemory, AnIndexWithoutRoomSaysLessAndHidesNothing) {
  const auto room = std::make_shared<IndexRoom>(IndexRoom{2000});
  {
    TraceWriter first = create({.chunk_events = 20, .index_room = room});
    TraceWriter second = create({.chunk_events = 20, .index_room = room});
    append_paths(first, 0, 1000);
    EXPECT_LT(room->left_bytes, 1000u);
    append_paths(second, 0, 1000);
    EXPECT_LT(room->left_bytes, 100u);
    ASSERT_TRUE(first.close({}));
    ASSERT_TRUE(second.close({}));
  }
  EXPECT_EQ(room->left_bytes, 2000u);
  for (const std::string& path : paths_)
    for (const int i : {5, 500, 995}) {
      Question question;
      question.texts = {"/data/file-" + std::to_string(i)};
      auto reader = TraceReader::open(path, {.question = question});
      ASSERT_TRUE(reader);
      std::set<uint64_t> found;
      while (true) {
        auto item = reader->next();
        ASSERT_TRUE(item);
        if (!*item) break;
        if (item->event) found.insert(item->event->time_ns);
      }
      EXPECT_TRUE(found.contains(uint64_t(i))) << path;
    }
}

}  // namespace
}  // namespace vestige
