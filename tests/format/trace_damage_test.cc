// SPDX-License-Identifier: Apache-2.0
//
// A damaged trace yields a subset of its events, in order, plus losses.
#include <gmock/gmock.h>

#include "format/trace_mark.h"
#include "tests/format/trace_fixture.h"

namespace vestige {
namespace {

constexpr size_t kEvents = 100;
constexpr size_t kPerChunk = 10;

class DamagedTrace : public testing::Test {
 protected:
  void SetUp() override {
    EventMaker maker(7);
    auto writer = TraceWriter::create(dir_.file("whole"), some_header(),
                                      {.chunk_events = kPerChunk});
    ASSERT_TRUE(writer);
    for (size_t i = 0; i < kEvents; ++i) {
      OwnedEvent event = maker.next();
      event.event.cgroup_id = uint64_t(i);  // tells events apart
      ASSERT_TRUE(writer->append(event.event));
      chunk_starts_.push_back(writer->bytes());
      events_.push_back(std::move(event));
    }
    ASSERT_TRUE(writer->close({.reason = EndReason::kInterrupted}));
    bytes_ = read_file(dir_.file("whole"));
  }

  Result<Reading> read(std::string_view bytes) {
    write_file(dir_.file("damaged"), bytes);
    return read_trace(dir_.file("damaged"));
  }

  // What is read is right and in order; returns how many.
  size_t check_subset(const Reading& reading) {
    uint64_t after = 0;
    for (const OwnedEvent& event : reading.events) {
      const uint64_t number = event.event.cgroup_id;
      EXPECT_LT(number, events_.size());
      if (number >= events_.size()) return 0;
      EXPECT_GE(number, after);
      EXPECT_TRUE(are_equal(events_[number], event)) << number;
      after = number + 1;
    }
    return reading.events.size();
  }

  // Events in chunks that end at or before an offset.
  size_t complete_before(size_t offset) const {
    size_t count = 0;
    for (size_t i = kPerChunk - 1; i < kEvents; i += kPerChunk)
      if (chunk_starts_[i] <= offset) count = i + 1;
    return count;
  }

  TempDir dir_;
  std::vector<OwnedEvent> events_;
  std::vector<uint64_t> chunk_starts_;  // file size after each event
  std::string bytes_;
};

TEST_F(DamagedTrace, TruncatedAnywhereGivesAllWholeChunksAndALoss) {
  std::vector<size_t> sizes;
  std::mt19937 random(10);
  for (int i = 0; i < 1000; ++i) sizes.push_back(1 + random() % bytes_.size());
  const size_t last_two = chunk_starts_[kEvents - 1 - 2 * kPerChunk];
  for (size_t at = last_two; at < bytes_.size(); ++at) sizes.push_back(at);
  for (const size_t size : sizes) {
    if (size == bytes_.size()) continue;
    const auto reading = read(std::string_view(bytes_).substr(0, size));
    if (!reading) {
      ASSERT_LT(size, 1024u) << reading.error().message;
      ASSERT_EQ(reading.error().kind, ErrorKind::kBadInput);
      continue;
    }
    ASSERT_EQ(check_subset(*reading), complete_before(size)) << size;
    ASSERT_FALSE(reading->losses.empty()) << size;
    ASSERT_EQ(reading->losses.back().reason, LossReason::kFileTruncated);
    ASSERT_THAT(reading->losses.back().where, testing::HasSubstr("offset"));
    ASSERT_FALSE(reading->end.losses.empty());
  }
}

TEST_F(DamagedTrace, FlippedBytesNeverGiveAWrongEvent) {
  std::mt19937 random(11);
  for (int round = 0; round < 10000; ++round) {
    std::string damaged = bytes_;
    for (uint32_t flips = 1 + random() % 3; flips > 0; --flips)
      damaged[random() % damaged.size()] ^= char(1 << random() % 8);
    if (damaged == bytes_) continue;
    const auto reading = read(damaged);
    ASSERT_TRUE(reading) << reading.error().message;
    const size_t got = check_subset(*reading);
    ASSERT_FALSE(reading->losses.empty()) << round;
    ASSERT_GE(got, kEvents - 3 * kPerChunk)
        << "at most three chunks are touched";
    uint64_t lost = 0;
    for (const Loss& loss : reading->losses) lost += loss.count;
    ASSERT_EQ(got + lost, kEvents) << round;
  }
}

TEST_F(DamagedTrace, RemovedBytesCostOnlyTheirChunk) {
  std::mt19937 random(12);
  for (int round = 0; round < 300; ++round) {
    std::string damaged = bytes_;
    const size_t at = 1000 + random() % (damaged.size() - 3000);
    damaged.erase(at, 1 + random() % 200);
    const auto reading = read(damaged);
    ASSERT_TRUE(reading);
    ASSERT_GE(check_subset(*reading), kEvents - 2 * kPerChunk);
    ASSERT_FALSE(reading->losses.empty());
  }
}

TEST_F(DamagedTrace, InsertedBytesArePassedOver) {
  std::string damaged = bytes_;
  damaged.insert(chunk_starts_[2 * kPerChunk - 1], std::string(70000, '\x5e'));
  const auto reading = read(damaged);
  ASSERT_TRUE(reading);
  EXPECT_EQ(check_subset(*reading), kEvents);
  ASSERT_EQ(reading->losses.size(), 1u);
  EXPECT_EQ(reading->losses[0].reason, LossReason::kChunkCorrupt);
}

TEST_F(DamagedTrace, AMissingChunkIsCountedExactly) {
  std::string damaged = bytes_;
  damaged.erase(chunk_starts_[kPerChunk - 1], chunk_starts_[2 * kPerChunk - 1] -
                                                  chunk_starts_[kPerChunk - 1]);
  const auto reading = read(damaged);
  ASSERT_TRUE(reading);
  EXPECT_EQ(check_subset(*reading), kEvents - kPerChunk);
  ASSERT_EQ(reading->losses.size(), 1u);
  EXPECT_EQ(reading->losses[0].count, kPerChunk);
  EXPECT_THAT(reading->losses[0].where, testing::HasSubstr("missing"));
}

TEST_F(DamagedTrace, ARepeatedChunkIsPassedOver) {
  std::string damaged = bytes_;
  const size_t from = chunk_starts_[kPerChunk - 1],
               to = chunk_starts_[2 * kPerChunk - 1];
  damaged.insert(to, bytes_.substr(from, to - from));
  const auto reading = read(damaged);
  ASSERT_TRUE(reading);
  EXPECT_EQ(check_subset(*reading), kEvents);
  ASSERT_EQ(reading->losses.size(), 1u);
  EXPECT_THAT(reading->losses[0].where, testing::HasSubstr("out of order"));
}

TEST_F(DamagedTrace, AMarkOfAnotherTraceInsideAPayloadIsNotFollowed) {
  std::string damaged = bytes_;
  ASSERT_TRUE(
      TraceWriter::create(dir_.file("other"), some_header())->close({}));
  damaged.insert(chunk_starts_[kPerChunk - 1], read_file(dir_.file("other")));
  const auto reading = read(damaged);
  ASSERT_TRUE(reading);
  EXPECT_EQ(check_subset(*reading), kEvents);
  EXPECT_EQ(reading->losses.size(), 1u);
}

TEST_F(DamagedTrace, TheHeaderIsFoundInTheEndRecord) {
  std::string damaged = bytes_;
  damaged[200] ^= 1;
  const auto reading = read(damaged);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->header.host_name, "node-1");
  EXPECT_EQ(check_subset(*reading), kEvents);
  EXPECT_TRUE(reading->is_complete);
}

TEST_F(DamagedTrace, AForeignFileIsRefusedInOneLine) {
  for (const std::string& bytes :
       {std::string("hello"), std::string(), std::string(100000, '\0')}) {
    const auto reading = read(bytes);
    ASSERT_FALSE(reading);
    EXPECT_EQ(reading.error().kind, ErrorKind::kBadInput);
    EXPECT_THAT(reading.error().message,
                testing::AllOf(testing::HasSubstr(dir_.file("damaged")),
                               testing::HasSubstr("not a Vestige trace"),
                               testing::Not(testing::HasSubstr("\n"))));
  }
  EXPECT_EQ(read_trace(dir_.file("absent")).error().kind, ErrorKind::kSystem);
  EXPECT_EQ(read_trace("/tmp").error().kind, ErrorKind::kBadInput);
}

TEST_F(DamagedTrace, ANewerFormatIsRefusedWithASentence) {
  Mark mark{.format = 9, .kind = ChunkKind::kHeader};
  ByteBuffer newer;
  encode_mark(mark, newer);
  const auto reading = read(newer.view());
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(reading.error().message, testing::HasSubstr("has format 9"));
}

}  // namespace
}  // namespace vestige
