// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/block_reader.h"

#include <gtest/gtest.h>

#include "tests/replay/scap/scap_bytes.h"

namespace vestige {
namespace {

using Outcome = BlockReader::Outcome;

TEST(BlockReader, GivesTypeOffsetAndBody) {
  const ScapBytes file = ScapBytes().block(BlockType::kEvent2, "body");
  BlockReader reader(reader_of(file.bytes()));
  ScapBlock block;
  ASSERT_EQ(reader.next(block), Outcome::kBlock);
  EXPECT_EQ(block.type, BlockType::kSectionHeader);
  ASSERT_EQ(reader.next(block), Outcome::kBlock);
  EXPECT_EQ(block.type, BlockType::kEvent2);
  EXPECT_EQ(block.offset, 28u);
  EXPECT_EQ(block.body, "body");
  EXPECT_EQ(reader.next(block), Outcome::kEnd);
}

TEST(BlockReader, TellsWhereAFileWasCutOff) {
  const ScapBytes file = ScapBytes().block(BlockType::kEvent2, "body");
  const std::string& bytes = file.bytes();
  for (size_t size = 29; size < bytes.size(); ++size) {
    BlockReader reader(reader_of(std::string_view(bytes).substr(0, size)));
    ScapBlock block;
    ASSERT_EQ(reader.next(block), Outcome::kBlock);
    ASSERT_EQ(reader.next(block), Outcome::kTruncated) << size;
    EXPECT_TRUE(reader.problem().starts_with("offset 28: ")) << size;
  }
}

TEST(BlockReader, RefusesLengthsThatCannotBe) {
  for (const uint32_t length : {0u, 8u, 11u, 0x7fffffffu, ~0u}) {
    BlockReader reader(
        reader_of(le(uint32_t(BlockType::kEvent2)) + le(length) + "rest"));
    ScapBlock block;
    EXPECT_EQ(reader.next(block), Outcome::kDamaged) << length;
  }
}

TEST(BlockReader, RefusesDifferentLengthsInFrontAndBehind) {
  std::string bytes = ScapBytes().bytes();
  bytes[bytes.size() - 4] ^= 1;
  BlockReader reader(reader_of(bytes));
  ScapBlock block;
  EXPECT_EQ(reader.next(block), Outcome::kDamaged);
}

}  // namespace
}  // namespace vestige
