// SPDX-License-Identifier: Apache-2.0
#include "capture/decode_record_pieces.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "bpf/capture_plan.h"
#include "bpf/raw_parts.h"
#include "bpf/raw_record.h"

namespace vestige {
namespace {

std::vector<std::byte> piece(uint16_t cpu, uint64_t offset,
                             const std::string& data) {
  const raw_piece head = {.size = uint32_t(sizeof(raw_piece) + data.size()),
                          .parts = 0,
                          .slot = 0,
                          .abi = RAW_PIECE,
                          .cpu = cpu,
                          .bytes = uint32_t(data.size()),
                          .offset = offset};
  std::vector<std::byte> bytes(head.size);
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, data.data(), data.size());
  return bytes;
}

// A write whose payload, argument 1, came ahead.
std::vector<std::byte> record(uint16_t cpu, uint64_t full_size) {
  raw_record head = {};
  head.size = sizeof(raw_record) + sizeof(raw_part);
  head.parts = 1;
  head.abi = uint16_t(Abi::kX86_64);
  head.number = 1;
  head.cpu = cpu;
  const raw_part part = {.kind = RAW_PAYLOAD,
                         .arg = 1,
                         .flags = RAW_PART_PIECES,
                         .size = 0,
                         .full_size = full_size};
  std::vector<std::byte> bytes(head.size);
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, &part, sizeof part);
  return bytes;
}

class Pieces : public ::testing::Test {
 protected:
  Part join(uint16_t cpu, uint64_t full_size) {
    const auto bytes = record(cpu, full_size);
    EXPECT_FALSE(pieces_.keep(bytes));
    const auto decoded = decode_record(bytes, parts_);
    EXPECT_TRUE(decoded && decoded->part_in_pieces == 0u);
    pieces_.join(*decoded, parts_);
    return parts_[0];
  }

  PayloadPieces pieces_;
  std::array<Part, kMaxParts> parts_;
};

TEST_F(Pieces, BecomeTheDataOfTheirPart) {
  EXPECT_TRUE(pieces_.keep(piece(1, 0, "one ")));
  EXPECT_TRUE(pieces_.keep(piece(1, 4, "two")));
  const Part part = join(1, 7);
  EXPECT_EQ(part.data, "one two");
  EXPECT_EQ(part.full_size, 7u);
  EXPECT_EQ(part.flags, 0);
}

TEST_F(Pieces, OfOneCpuAreNotThoseOfAnother) {
  pieces_.keep(piece(0, 0, "zero"));
  pieces_.keep(piece(1, 0, "one"));
  EXPECT_EQ(join(0, 4).data, "zero");
  EXPECT_EQ(join(1, 3).data, "one");
}

TEST_F(Pieces, AfterALostOneAreLeftOut) {
  pieces_.keep(piece(0, 0, "one "));
  pieces_.keep(piece(0, 8, "three"));
  const Part part = join(0, 13);
  EXPECT_EQ(part.data, "one ");
  EXPECT_EQ(part.flags & kPartTruncated, kPartTruncated);
}

TEST_F(Pieces, OfTheCallBeforeAreForgotten) {
  pieces_.keep(piece(0, 0, "the call before"));
  pieces_.keep(piece(0, 0, "this"));
  EXPECT_EQ(join(0, 4).data, "this");
}

TEST_F(Pieces, NeverGiveMoreThanTheCallMoved) {
  pieces_.keep(piece(0, 0, "longer"));
  EXPECT_EQ(join(0, 4).data, "long");
}

TEST_F(Pieces, ThatLieAboutTheirSizeAreNone) {
  auto bytes = piece(0, 0, "data");
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(pieces_.keep(std::span(bytes).first(size))) << size;
}

TEST_F(Pieces, StayBounded) {
  const std::string data(RAW_PIECE_BYTES, 'x');
  for (int i = 0; i < 1000; ++i)
    pieces_.keep(piece(0, uint64_t(i) * data.size(), data));
  EXPECT_LE(join(0, uint64_t{1} << 40).data.size(),
            size_t{PAYLOAD_ALL_MAX} + data.size());
}

}  // namespace
}  // namespace vestige
