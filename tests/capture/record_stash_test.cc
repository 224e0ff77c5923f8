// SPDX-License-Identifier: Apache-2.0
#include "capture/record_stash.h"

#include <gtest/gtest.h>

#include <vector>

namespace vestige {
namespace {

std::vector<std::byte> record_of(size_t size, int value) {
  return std::vector<std::byte>(size, std::byte(value));
}

TEST(RecordStash, GivesBackWhatItWasGivenInItsOrder) {
  RecordStash stash;
  EXPECT_EQ(stash.first_order(), UINT64_MAX);
  for (int i = 0; i < 5000; ++i) stash.add(record_of(size_t(i) * 7, i), 10 + i);
  for (int i = 0; i < 5000; ++i) {
    ASSERT_FALSE(stash.is_empty());
    EXPECT_EQ(stash.first_order(), 10u + i);
    stash.pop([i](std::span<const std::byte> bytes) {
      const auto wanted = record_of(size_t(i) * 7, i);
      EXPECT_TRUE(
          std::equal(bytes.begin(), bytes.end(), wanted.begin(), wanted.end()));
    });
  }
  EXPECT_TRUE(stash.is_empty());
  EXPECT_EQ(stash.bytes(), 0u);
}

TEST(RecordStash, TakesLittleMoreThanIsInIt) {
  RecordStash small;
  small.add(record_of(100, 1));
  EXPECT_LE(small.bytes(), 8192u);
  RecordStash large;
  for (int i = 0; i < 10000; ++i) large.add(record_of(1000, i));
  EXPECT_GE(large.bytes(), 10'000'000u);
  EXPECT_LE(large.bytes(), 11'000'000u);
}

TEST(RecordStash, GivesMemoryBackWhileItIsEmptied) {
  RecordStash stash;
  for (int i = 0; i < 10000; ++i) stash.add(record_of(1000, i));
  for (int i = 0; i < 9000; ++i) stash.pop([](auto) {});
  EXPECT_LE(stash.bytes(), 2'000'000u);
}

}  // namespace
}  // namespace vestige
