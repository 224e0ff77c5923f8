// SPDX-License-Identifier: Apache-2.0
#include "format/trace_varints.h"

#include <gmock/gmock.h>

#include <random>

namespace vestige {
namespace {

// One value after the other, byte by byte.
bool read_plainly(ByteSpan bytes, size_t limit, std::vector<uint64_t>& out) {
  out.clear();
  WireCursor cursor(bytes);
  while (!cursor.at_end()) out.push_back(cursor.varint());
  return cursor.ok() && out.size() <= limit;
}

// So many values, each of as many bits as `bits` says.
template <typename Bits>
std::vector<uint64_t> some_values(size_t count, Bits bits) {
  std::mt19937_64 random(count);
  std::vector<uint64_t> out;
  for (size_t i = 0; i < count; ++i) {
    const unsigned width = bits(random);
    out.push_back(width == 0 ? 0 : random() >> (64 - width));
  }
  return out;
}

ByteBuffer packed(const std::vector<uint64_t>& values) {
  ByteBuffer out;
  for (const uint64_t value : values) out.varint(value);
  return out;
}

void expect_back(const std::vector<uint64_t>& values) {
  const ByteBuffer bytes = packed(values);
  std::vector<uint64_t> all;
  ASSERT_TRUE(unpack_varints(bytes.bytes(), values.size(), all));
  EXPECT_EQ(all, values);
  std::vector<uint32_t> narrow;
  ASSERT_TRUE(unpack_varints(bytes.bytes(), values.size(), narrow));
  EXPECT_EQ(narrow, std::vector<uint32_t>(values.begin(), values.end()));
  if (values.empty()) return;
  EXPECT_FALSE(unpack_varints(bytes.bytes(), values.size() - 1, all));
}

TEST(Varints, OfAnyWidthAndNumberComeBack) {
  for (const size_t count : {0, 1, 7, 63, 64, 65, 71, 72, 73, 128, 200, 5'000})
    for (unsigned width = 0; width <= 64; ++width)
      expect_back(some_values(count, [width](auto&) { return width; }));
}

TEST(Varints, OfMixedWidthsComeBack) {
  for (size_t count = 0; count < 300; ++count) {
    expect_back(some_values(
        count, [](auto& random) { return unsigned(random() % 65); }));
    expect_back(some_values(count, [](auto& random) {
      return unsigned(random() % 16 == 0 ? random() % 65 : random() % 8);
    }));
  }
}

TEST(Varints, DamagedOnesAreReadAsOneByOne) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<uint8_t> bytes(random() % 260);
    const uint64_t top = random() % 8;  // of eight bytes, so many go on
    for (uint8_t& byte : bytes)
      byte = uint8_t(random() % 128 + (random() % 8 < top ? 128 : 0));
    const size_t limit = random() % 260;
    std::vector<uint64_t> expected, got;
    const bool is_good = read_plainly(bytes, limit, expected);
    ASSERT_EQ(unpack_varints(bytes, limit, got), is_good);
    if (!is_good) continue;
    ASSERT_EQ(got, expected);
  }
}

TEST(Varints, TopBitsAreTheSameHoweverTheyAreRead) {
  std::mt19937_64 random(1);
  std::vector<uint8_t> bytes(kVarintBlock);
  for (int round = 0; round < 1'000; ++round) {
    for (uint8_t& byte : bytes) byte = uint8_t(random());
    uint64_t expected = 0;
    for (size_t i = 0; i < bytes.size(); ++i)
      expected |= uint64_t(bytes[i] >> 7) << i;
    EXPECT_EQ(top_bits(bytes.data()), expected);
    EXPECT_EQ(plain_top_bits(bytes.data()), expected);
  }
}

}  // namespace
}  // namespace vestige
