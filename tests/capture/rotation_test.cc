// SPDX-License-Identifier: Apache-2.0
#include "capture/rotation.h"

#include <gmock/gmock.h>

namespace vestige {
namespace {

TEST(Rotation, TakesASizeATimeOrBoth) {
  const auto both = Rotation::parse("1.5MiB,2h");
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_EQ(both->bytes, 1536u * 1024);
  EXPECT_EQ(both->ns, 7'200'000'000'000u);
  EXPECT_EQ(Rotation::parse("500MB")->bytes, 500'000'000u);
  EXPECT_EQ(Rotation::parse("500MB")->ns, 0u);
  EXPECT_EQ(Rotation::parse("1d")->ns, 86'400'000'000'000u);
}

TEST(Rotation, RefusesWhatIsNeither) {
  for (const char* text : {"", ",", "1", "1h,", "-1h", "0MiB", "nans", "infGB",
                           "1 GiB", "1GiBx", "1e30s", "1h;1d"})
    EXPECT_FALSE(Rotation::parse(text)) << text;
}

TEST(Rotation, IsDueBySizeOrByTime) {
  constexpr uint64_t kSecond = 1'000'000'000;
  const Rotation rotation{.bytes = 10, .ns = 2 * kSecond};
  EXPECT_FALSE(rotation.is_due(9, 2 * kSecond - 1));
  EXPECT_TRUE(rotation.is_due(10, kSecond));
  EXPECT_TRUE(rotation.is_due(0, 2 * kSecond));
  EXPECT_FALSE(rotation.is_due(10, kSecond - 1)) << "too soon";
  EXPECT_FALSE(Rotation{}.is_due(UINT64_MAX, UINT64_MAX));
}

TEST(Series, NumbersFilesAndNamesTheOneBefore) {
  Series series("out/x.vtrace", 5);
  EXPECT_EQ(series.path(), "out/x.0001.vtrace");
  EXPECT_EQ(series.files(), "out/x.0001.vtrace");
  const Predecessor first =
      series.advance({.trace_id = {1}, .head = {2}}, 7, 30);
  EXPECT_EQ(first.file_name, "x.0001.vtrace");
  EXPECT_EQ(first.number, 1u);
  EXPECT_TRUE(first.trace_id.starts_with("01"));
  EXPECT_TRUE(first.head.starts_with("02"));
  EXPECT_EQ(series.path(), "out/x.0002.vtrace");
  EXPECT_EQ(series.files(), "out/x.0001.vtrace to out/x.0002.vtrace");
  EXPECT_EQ(series.bytes_before(), 7u);
  EXPECT_EQ(series.begun_ns(), 30u);
}

TEST(Series, NumbersNamesWithoutTheSuffix) {
  EXPECT_EQ(Series("trace", 0).path(), "trace.0001");
}

}  // namespace
}  // namespace vestige
