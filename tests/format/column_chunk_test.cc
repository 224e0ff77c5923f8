// SPDX-License-Identifier: Apache-2.0
#include "format/column_chunk.h"

#include <gmock/gmock.h>

#include <map>

#include "tests/format/trace_fixture.h"

namespace vestige {
namespace {

class ColumnChunkTest : public testing::Test {
 protected:
  void SetUp() override {
    EventMaker maker(11);
    auto writer =
        TraceWriter::create(path_, some_header(), {.chunk_events = 400});
    for (int i = 0; i < 3000; ++i) {
      if (i % 1000 == 0) {
        ASSERT_TRUE(writer->append(Snapshot{.time_ns = 1, .end_ns = 2}));
      }
      ASSERT_TRUE(writer->append(maker.next().event));
    }
    ASSERT_TRUE(writer->close({}));
    all_ = *read_trace(path_);
  }
  // Calls `check(columns, events of the chunk)` for every chunk.
  void each_chunk(const ReadOptions& options, const auto& check) {
    auto reader = TraceReader::open(path_, options);
    size_t at = 0;
    while (const ColumnChunk* chunk = *reader->next_columns()) {
      ASSERT_EQ(all_.positions[at], (Position{chunk->chunk, 0}));
      check(*chunk, std::span(all_.events).subspan(at, chunk->events));
      at += chunk->events;
    }
    EXPECT_EQ(at, all_.events.size());
    EXPECT_EQ(*reader->next_columns(), nullptr);
    EXPECT_EQ(reader->end().events, all_.events.size());
  }

  TempDir dir_;
  std::string path_ = dir_.file("x");
  Reading all_;
};

TEST_F(ColumnChunkTest, HoldsWhatTheEventsHold) {
  each_chunk({}, [](const ColumnChunk& chunk, auto events) {
    std::map<uint32_t, size_t> rows;  // by type
    for (uint32_t i = 0; i < chunk.events; ++i) {
      const Event& event = events[i].event;
      const Descriptor& type = *chunk.types[chunk.type[i]];
      EXPECT_EQ(type.type, event.type);
      EXPECT_EQ(chunk.tasks[chunk.task[i]].tid, event.tid);
      EXPECT_EQ(chunk.ret[i], event.ret);
      EXPECT_EQ(chunk.flags[i], event.flags);
      EXPECT_EQ(chunk.time_ns[i], event.time_ns);
      EXPECT_EQ(chunk.duration_ns[i], event.duration_ns);
      const size_t row = rows[chunk.type[i]]++;
      for (int arg = 0; arg < type.arg_count; ++arg)
        EXPECT_EQ(chunk.argument(chunk.type[i], arg)[row],
                  event.args[size_t(arg)]);
      EXPECT_TRUE(chunk.argument(chunk.type[i], type.arg_count).empty() ||
                  type.arg_count == kMaxArgs);
      EXPECT_LE(chunk.min_time_ns, event.time_ns);
      EXPECT_GE(chunk.max_time_ns, event.time_ns);
      for (const Part& part : event.parts)
        if (part.kind == PartKind::kPath) {
          EXPECT_NE(std::ranges::find(chunk.strings, part.data),
                    chunk.strings.end());
        }
    }
  });
}

TEST_F(ColumnChunkTest, ColumnsThatWereNotAskedForAreEmpty) {
  each_chunk({.columns = kColumnType | kColumnResult},
             [](const ColumnChunk& chunk, auto events) {
               EXPECT_EQ(chunk.type.size(), events.size());
               EXPECT_EQ(chunk.ret.back(), events.back().event.ret);
               EXPECT_TRUE(chunk.time_ns.empty());
               EXPECT_TRUE(chunk.strings.empty());
               EXPECT_TRUE(chunk.argument(0, 0).empty());
             });
}

TEST_F(ColumnChunkTest, FlagsAloneNeedNoTimes) {
  each_chunk({.columns = kColumnFlags},
             [](const ColumnChunk& chunk, auto events) {
               EXPECT_TRUE(chunk.time_ns.empty());
               for (uint32_t i = 0; i < chunk.events; ++i)
                 EXPECT_EQ(chunk.flags[i], events[i].event.flags);
             });
}

TEST_F(ColumnChunkTest, ColumnsThatAreAllZeroAreThere) {
  const std::string path = dir_.file("zero");
  EventMaker maker(12);
  auto writer = TraceWriter::create(path, some_header());
  for (int i = 0; i < 50; ++i) {
    OwnedEvent made = maker.next();
    made.event.duration_ns = made.event.flags = 0;
    ASSERT_TRUE(writer->append(made.event));
  }
  ASSERT_TRUE(writer->close({}));
  auto reader = TraceReader::open(path);
  const ColumnChunk* const chunk = *reader->next_columns();
  EXPECT_EQ(chunk->duration_ns.size(), 50u);
  EXPECT_EQ(chunk->flags.size(), 50u);
  EXPECT_EQ(chunk->duration_ns.back() + chunk->flags.back(), 0u);
  EXPECT_GE(chunk->max_time_ns, chunk->time_ns.back());
}

TEST_F(ColumnChunkTest, TextsComeWithoutTheirEvents) {
  size_t texts = 0;
  each_chunk({.columns = kColumnStrings},
             [&texts](const ColumnChunk& chunk, auto) {
               texts += chunk.strings.size();
             });
  EXPECT_GT(texts, 0u);
}

TEST_F(ColumnChunkTest, PayloadComesWithoutItsEvents) {
  size_t bytes = 0;
  const auto choose = [&](const ColumnChunk& chunk, std::vector<uint32_t>&) {
    bytes += chunk.payload.size();
  };
  const auto none =
      read_trace(path_, {.screen = Screen{kColumnPayload, choose}});
  EXPECT_TRUE(none->events.empty());
  size_t expected = 0;
  for (const OwnedEvent& owned : all_.events)
    for (const Part& part : owned.event.parts)
      if (part.kind == PartKind::kPayload) expected += part.data.size();
  EXPECT_GT(expected, 0u);
  EXPECT_EQ(bytes, expected);
}

// Whatever is left out, the rest is the same.
TEST_F(ColumnChunkTest, AScreenGivesWhatItWants) {
  std::vector<uint32_t> indexes;
  uint32_t random = 1;
  const auto choose = [&](const ColumnChunk& chunk,
                          std::vector<uint32_t>& wanted) {
    if (chunk.chunk % 3 == 0) return;
    for (uint32_t i = 0; i < chunk.events; ++i)
      if ((random = random * 1664525 + 1013904223) >> 28 == 0)
        wanted.push_back(i);
  };
  for (const uint32_t columns :
       {kAllColumns, kColumnType | kColumnArguments, uint32_t{kColumnParts},
        kColumnPayload | kColumnTask, kColumnTime | kColumnFlags}) {
    const auto whole = read_trace(path_, {.columns = columns});
    const auto some = read_trace(
        path_, {.columns = columns, .screen = Screen{kColumnTask, choose}});
    ASSERT_GT(some->events.size(), 50u);
    EXPECT_EQ(some->snapshots.size(), whole->snapshots.size());
    size_t at = 0;
    for (size_t i = 0; i < some->events.size(); ++i) {
      while (whole->positions[at] != some->positions[i]) ++at;
      expect_equal(some->events[i], whole->events[at]);
    }
  }
}

TEST_F(ColumnChunkTest, SharesAreAllThereIs) {
  size_t events = 0;
  for (uint32_t share = 0; share < 3; ++share)
    events += read_trace(path_, {.share = share, .shares = 3})->events.size();
  EXPECT_EQ(events, all_.events.size());
}

TEST_F(ColumnChunkTest, DamageIsPassedOverAndCounted) {
  std::string bytes = read_file(path_);
  bytes[bytes.size() / 2] ^= 1;
  write_file(path_, bytes);
  auto reader = TraceReader::open(path_, {.columns = kAllColumns});
  uint64_t events = 0;
  while (const ColumnChunk* chunk = *reader->next_columns())
    events += chunk->events;
  uint64_t lost = 0;
  for (const Loss& loss : reader->end().losses)
    if (loss.reason == LossReason::kChunkCorrupt) lost += loss.count;
  EXPECT_GT(lost, 0u);
  EXPECT_EQ(events + lost, all_.events.size());
}

}  // namespace
}  // namespace vestige
