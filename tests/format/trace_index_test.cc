// SPDX-License-Identifier: Apache-2.0
//
// Questions answered with the index, without it, and by reading everything
// have the same answers.
#include "format/trace_index.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>

#include <algorithm>
#include <set>

#include "tests/format/trace_fixture.h"

namespace vestige {
namespace {

std::string sockaddr_text(const char* address, uint16_t port) {
  sockaddr_in in{.sin_family = AF_INET, .sin_port = htons(port)};
  ::inet_pton(AF_INET, address, &in.sin_addr);
  return {reinterpret_cast<const char*>(&in), sizeof in};
}

class Index : public testing::Test {
 protected:
  // 100 chunks of 20 events; event i at 1000 i, pid 1000 + i / 500. Every
  // event has a path of its own, event 777 connects to 10.1.2.3.
  void SetUp() override {
    auto writer =
        TraceWriter::create(path_, some_header(), {.chunk_events = 20});
    ASSERT_TRUE(writer);
    for (uint64_t i = 0; i < 2000; ++i) {
      if (i % 600 == 0) {
        Snapshot snapshot{.time_ns = i * 1000, .end_ns = i * 1000 + 500};
        ASSERT_TRUE(writer->append(snapshot));
      }
      const std::string path = path_of(i);
      const std::string address = sockaddr_text("10.1.2.3", 443);
      const Part parts[] = {
          {.kind = PartKind::kPath, .full_size = path.size(), .data = path},
          {.kind = PartKind::kSockaddr,
           .full_size = address.size(),
           .data = address}};
      Event event{.type = {Abi::kX86_64, uint16_t(i == 1234 ? 59 : 257)},
                  .pid = uint32_t(1000 + i / 500),
                  .time_ns = i * 1000,
                  .parts = {parts, i == 777 ? 2u : 1u}};
      ASSERT_TRUE(writer->append(event));
    }
    ASSERT_TRUE(writer->close({}));
  }
  static std::string path_of(uint64_t i) {
    return "/data/file-" + std::to_string(i);
  }

  // The numbers of the events read, and how many chunks were not.
  std::pair<std::set<uint64_t>, uint64_t> ask(const Question& question,
                                              const std::string& path) {
    auto reader = TraceReader::open(path, {.question = question});
    EXPECT_TRUE(reader);
    std::set<uint64_t> events;
    while (const auto item = *reader->next())
      if (item.event) events.insert(item.event->time_ns / 1000);
    return {events, reader->chunks_skipped()};
  }
  std::string without_tail() {
    const std::string bytes = read_file(path_);
    write_file(dir_.file("cut"),
               std::string_view(bytes).substr(0, bytes.size() - 1));
    return dir_.file("cut");
  }

  TempDir dir_;
  std::string path_ = dir_.file("x");
};

TEST_F(Index, ATextInOneChunkSkipsTheOthers) {
  for (const uint64_t i : {0, 777, 1999}) {
    const auto [events, skipped] = ask({.texts = {path_of(i)}}, path_);
    EXPECT_TRUE(events.contains(i));
    EXPECT_GE(skipped, 95u);
  }
  const auto [events, skipped] = ask({.texts = {"/absent"}}, path_);
  EXPECT_GE(skipped, 97u);
}

TEST_F(Index, TypesPidsTimesAndAddressesSkipToo) {
  const auto [by_type, skipped_by_type] =
      ask({.types = {{Abi::kX86_64, 59}}}, path_);
  EXPECT_TRUE(by_type.contains(1234));
  EXPECT_EQ(skipped_by_type, 99u);
  const auto [by_pid, skipped_by_pid] = ask({.pids = {1002}}, path_);
  EXPECT_EQ(*by_pid.begin(), 1000u);
  EXPECT_EQ(*by_pid.rbegin(), 1499u);
  EXPECT_EQ(skipped_by_pid, 75u);
  const auto [by_time, skipped_by_time] =
      ask({.from_ns = 100'000, .to_ns = 139'000}, path_);
  EXPECT_EQ(by_time.size(), 40u);
  EXPECT_EQ(skipped_by_time, 98u);
  const auto [by_address, skipped_by_address] =
      ask({.addresses = {std::string("\x0a\x01\x02\x03", 4)}}, path_);
  EXPECT_TRUE(by_address.contains(777));
  EXPECT_GE(skipped_by_address, 95u);
}

TEST_F(Index, WithoutAnIndexTheMarksStillTellTimes) {
  const std::string cut = without_tail();
  const auto [by_time, skipped] =
      ask({.from_ns = 100'000, .to_ns = 139'000}, cut);
  EXPECT_EQ(by_time.size(), 40u);
  EXPECT_EQ(skipped, 98u);
  EXPECT_EQ(ask({.texts = {path_of(5)}}, cut).first.size(), 2000u);
}

TEST_F(Index, SkippedChunksAreNotLosses) {
  auto reader = TraceReader::open(path_, {.question = Question{.pids = {1}}});
  ASSERT_TRUE(reader);
  while (const auto item = *reader->next()) EXPECT_FALSE(item.loss);
  EXPECT_TRUE(reader->is_complete());
}

TEST_F(Index, SeekTimeGoesToTheSnapshotBefore) {
  for (const std::string& path : {path_, without_tail()}) {
    auto reader = TraceReader::open(path);
    ASSERT_TRUE(reader->seek_time(1'300'000));
    const auto item = *reader->next();
    ASSERT_TRUE(item.snapshot);
    EXPECT_EQ(item.snapshot->time_ns, 1'200'000u);
    EXPECT_EQ(reader->next()->event->time_ns, 1'200'000u);
    ASSERT_TRUE(reader->seek_time(600'499));  // not complete by then
    EXPECT_EQ(reader->next()->snapshot->time_ns, 0u);
  }
}

TEST_F(Index, SeekFindsEveryEventByItsPosition) {
  const auto all = read_trace(path_);
  auto reader = TraceReader::open(path_);
  for (size_t i = 0; i < all->events.size(); i += 37) {
    ASSERT_TRUE(*reader->seek(all->positions[i]));
    const auto item = *reader->next();
    ASSERT_TRUE(item.event);
    EXPECT_EQ(item.position, all->positions[i]);
    EXPECT_TRUE(are_equal(all->events[i], OwnedEvent(*item.event)));
  }
  EXPECT_FALSE(*reader->seek({.chunk = 5, .index = 20}));
  EXPECT_FALSE(*reader->seek({.chunk = 5000, .index = 0}));
}

TEST(Bloom, NeverForgetsAKeyAndSeldomInventsOne) {
  std::mt19937_64 random(1);
  std::vector<uint64_t> keys(2000);
  for (uint64_t& key : keys) key = random();
  const std::string bloom = make_bloom(keys);
  for (const uint64_t key : keys) ASSERT_TRUE(may_contain(bloom, key));
  int invented = 0;
  for (int i = 0; i < 100000; ++i) invented += may_contain(bloom, random());
  EXPECT_LT(invented, 1000);
}

TEST(Keys, OneStringUsedAsTextAndAsAddressHasBoth) {
  const TempDir dir;
  const std::string address = sockaddr_text("10.9.9.9", 1);
  auto writer = TraceWriter::create(dir.file("x"), some_header());
  const Part parts[] = {{.kind = PartKind::kArgv, .data = address},
                        {.kind = PartKind::kSockaddr, .data = address}};
  ASSERT_TRUE(writer->append({.type = {Abi::kX86_64, 0}, .parts = parts}));
  ASSERT_TRUE(writer->close({}));
  auto reader = TraceReader::open(
      dir.file("x"), {.question = Question{
                          .addresses = {std::string("\x0a\x09\x09\x09", 4)}}});
  EXPECT_TRUE(reader->next()->event);
}

}  // namespace
}  // namespace vestige
