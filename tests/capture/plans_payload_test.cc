// SPDX-License-Identifier: Apache-2.0
#include "capture/plans_payload.h"

#include <gmock/gmock.h>

namespace vestige {
namespace {

using ::testing::HasSubstr;

TEST(PayloadPolicy, SaysNothingWhenNothingIsSaid) {
  const PayloadPolicy policy;
  EXPECT_FALSE(policy.is_set());
  EXPECT_EQ(policy.limits(128)[PAYLOAD_NET], 128u);
  EXPECT_EQ(policy.limits(128)[PAYLOAD_STDIN], PAYLOAD_LIMIT_UNSET);
}

TEST(PayloadPolicy, ReadsLimitsByKind) {
  const auto policy =
      PayloadPolicy::parse("stdin,net=4096,new-files=all,pipes=none");
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_TRUE(policy->is_set());
  const auto limits = policy->limits(128);
  EXPECT_EQ(limits[PAYLOAD_STDIN], uint32_t{PAYLOAD_ALL_MAX});
  EXPECT_EQ(limits[PAYLOAD_NET], 4096u);
  EXPECT_EQ(limits[PAYLOAD_NEW_FILE], uint32_t{PAYLOAD_ALL_MAX});
  EXPECT_EQ(limits[PAYLOAD_PIPE], 0u);
  EXPECT_EQ(limits[PAYLOAD_FILE], 128u);
}

TEST(PayloadPolicy, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"", "sockets", "net=", "net=-1", "net=1x",
                           "net=99999", "net=4096,", "=all"}) {
    const auto policy = PayloadPolicy::parse(text);
    ASSERT_FALSE(policy) << text;
    EXPECT_EQ(policy.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(policy.error().message, HasSubstr("--payload"));
  }
}

}  // namespace
}  // namespace vestige
