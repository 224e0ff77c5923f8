// SPDX-License-Identifier: Apache-2.0
//
// Chunks decoded ahead, on another thread, give what chunks in turn give.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/format/trace_fixture.h"

namespace vestige {
namespace {

constexpr size_t kEvents = 400;
constexpr size_t kPerChunk = 10;

// One thing after the other, as text that tells all of it apart.
struct Given {
  std::vector<std::string> order;
  std::vector<OwnedEvent> events;
};

void add(const TraceReader::Item& item, Given& out) {
  const std::string at =
      fmt::format("{}:{}", item.position.chunk, item.position.index);
  if (item.event) {
    out.order.push_back("event " + at);
    out.events.emplace_back(*item.event);
  }
  if (item.snapshot)
    out.order.push_back(
        fmt::format("snapshot {} {}", at, item.snapshot->processes.size()));
  if (item.loss)
    out.order.push_back(fmt::format("loss {} {} {}", int(item.loss->reason),
                                    item.loss->count, item.loss->where));
}

void expect_same(const Given& in_turn, const Given& ahead) {
  ASSERT_EQ(in_turn.order, ahead.order);
  ASSERT_EQ(in_turn.events.size(), ahead.events.size());
  for (size_t i = 0; i < in_turn.events.size(); ++i)
    ASSERT_TRUE(are_equal(in_turn.events[i], ahead.events[i])) << i;
}

class AheadTest : public testing::Test {
 protected:
  void SetUp() override {
    EventMaker maker(21);
    auto writer =
        TraceWriter::create(path(), some_header(), {.chunk_events = kPerChunk});
    ASSERT_TRUE(writer);
    for (size_t i = 0; i < kEvents; ++i) {
      if (i % 100 == 50) {
        Snapshot snapshot;
        snapshot.time_ns = snapshot.end_ns = last_ns_ + 1;
        snapshot.processes.resize(i);
        ASSERT_TRUE(writer->append(snapshot));
      }
      if (i % 70 == 3)
        writer->add_loss({.reason = LossReason::kRingFull, .count = i});
      const OwnedEvent event = maker.next();
      last_ns_ = event.event.time_ns;
      ASSERT_TRUE(writer->append(event.event));
    }
    ASSERT_TRUE(writer->close({}));
    bytes_ = read_file(path());
  }

  [[nodiscard]] std::string path() const { return dir_.file("x.vtrace"); }

  static Given read(TraceReader& reader) {
    Given out;
    while (const auto item = *reader.next()) add(item, out);
    return out;
  }

  Given read(Pace pace, ReadOptions options = {}) {
    options.pace = pace;
    auto reader = TraceReader::open(path(), options);
    EXPECT_TRUE(reader) << reader.error().message;
    Given out = read(*reader);
    ends_.push_back(reader->end());
    out.order.push_back(fmt::format("{} {} {} {} {} {}", reader->is_complete(),
                                    reader->is_damaged(), reader->offset(),
                                    reader->size(), reader->chunks_skipped(),
                                    reader->events_before_chunk()));
    return out;
  }

  void expect_same_both_ways(const ReadOptions& options = {}) {
    ends_.clear();
    expect_same(read(Pace::kInTurn, options), read(Pace::kAhead, options));
    EXPECT_EQ(ends_[0].events, ends_[1].events);
    EXPECT_EQ(ends_[0].end.boot_ns, ends_[1].end.boot_ns);
    ASSERT_EQ(ends_[0].losses.size(), ends_[1].losses.size());
    for (size_t i = 0; i < ends_[0].losses.size(); ++i)
      EXPECT_EQ(ends_[0].losses[i].count, ends_[1].losses[i].count);
  }

  TempDir dir_;
  std::string bytes_;
  std::vector<TraceEnd> ends_;
  uint64_t last_ns_ = 0;
};

TEST_F(AheadTest, GivesTheSameInTheSameOrder) {
  expect_same_both_ways();
  expect_same_both_ways({.columns = kColumnTime});
  expect_same_both_ways({.question = Question{.to_ns = last_ns_ / 2}});
  EXPECT_EQ(read(Pace::kAhead).events.size(), kEvents);
}

TEST_F(AheadTest, TellsOfDamageInItsPlace) {
  std::mt19937 random(22);
  for (int round = 0; round < 100; ++round) {
    std::string damaged = bytes_;
    damaged[500 + random() % (damaged.size() - 500)] ^= 1;
    if (round % 3 == 0) damaged.resize(1000 + random() % damaged.size());
    if (round % 5 == 0) damaged.erase(random() % damaged.size(), 700);
    if (damaged.size() < 1000) continue;  // perhaps not a trace any more
    write_file(path(), damaged);
    expect_same_both_ways();
  }
}

TEST_F(AheadTest, GoesElsewhereAtAnyMoment) {
  auto in_turn = TraceReader::open(path());
  auto ahead = TraceReader::open(path(), {.pace = Pace::kAhead});
  ASSERT_TRUE(in_turn && ahead);
  std::mt19937 random(23);
  for (int round = 0; round < 100; ++round) {
    const Position to{uint32_t(random() % 50), uint32_t(random() % kPerChunk)};
    const auto found = in_turn->seek(to);
    ASSERT_TRUE(found);
    ASSERT_EQ(*found, *ahead->seek(to));
    Given a, b;
    for (size_t i = random() % 100; i > 0; --i) {
      add(*in_turn->next(), a);
      add(*ahead->next(), b);
    }
    expect_same(a, b);
  }
  ASSERT_TRUE(in_turn->seek_time(last_ns_ / 2));
  ASSERT_TRUE(ahead->seek_time(last_ns_ / 2));
  expect_same(read(*in_turn), read(*ahead));
}

TEST_F(AheadTest, MayBeGivenUpAtAnyMoment) {
  for (size_t events = 0; events < 100; events += 7) {
    auto reader = TraceReader::open(path(), {.pace = Pace::kAhead});
    ASSERT_TRUE(reader);
    for (size_t i = 0; i < events; ++i) ASSERT_TRUE(*reader->next());
    TraceReader moved = std::move(*reader);
    EXPECT_TRUE(*moved.next());
  }
}

TEST_F(AheadTest, GivesColumnsToo) {
  std::vector<uint32_t> chunks[2];
  for (const Pace pace : {Pace::kInTurn, Pace::kAhead}) {
    auto reader = TraceReader::open(
        path(), {.columns = kColumnType | kColumnResult, .pace = pace});
    ASSERT_TRUE(reader);
    while (const ColumnChunk* chunk = *reader->next_columns())
      for (const uint32_t type : chunk->type)
        chunks[size_t(pace)].push_back(chunk->chunk << 16 | type);
  }
  EXPECT_EQ(chunks[0].size(), kEvents);
  EXPECT_EQ(chunks[0], chunks[1]);
}

TEST_F(AheadTest, FollowsAFileThatGrows) {
  const std::string growing = dir_.file("growing");
  std::string there = bytes_.substr(0, 600);
  write_file(growing, there);
  auto reader =
      TraceReader::open(growing, {.follows = true, .pace = Pace::kAhead});
  ASSERT_TRUE(reader) << reader.error().message;
  Given given;
  for (size_t at = there.size(); at < bytes_.size();) {
    while (const auto item = *reader->next()) add(item, given);
    const size_t more = std::min<size_t>(2500, bytes_.size() - at);
    std::ofstream(growing, std::ios::binary | std::ios::app)
        << bytes_.substr(at, more);
    at += more;
  }
  while (const auto item = *reader->next()) add(item, given);
  EXPECT_TRUE(reader->is_complete());
  auto whole = TraceReader::open(path());
  expect_same(read(*whole), given);
}

}  // namespace
}  // namespace vestige
