// SPDX-License-Identifier: Apache-2.0
#include "format/errno_text.h"

#include <gtest/gtest.h>

namespace vestige {
namespace {

TEST(ErrnoText, NamesErrorsOfTheKernelAndOfPrograms) {
  EXPECT_EQ(errno_name(2), "ENOENT");
  EXPECT_EQ(errno_description(2), "No such file or directory");
  EXPECT_EQ(errno_name(11), "EAGAIN");
  EXPECT_EQ(errno_name(512), "ERESTARTSYS");
  EXPECT_EQ(errno_name(4000), "");
  EXPECT_EQ(errno_name(0), "");
  EXPECT_EQ(errno_name(-2), "");
}

TEST(ErrnoText, TellsErrorsFromAddresses) {
  EXPECT_TRUE(is_error(-1));
  EXPECT_TRUE(is_error(-4095));
  EXPECT_FALSE(is_error(-4096));
  EXPECT_FALSE(is_error(0));
}

TEST(SignalText, NamesEverySignalBothWays) {
  EXPECT_EQ(signal_name(9), "SIGKILL");
  EXPECT_EQ(signal_name(32), "SIGRTMIN");
  EXPECT_EQ(signal_name(34), "SIGRT_2");
  EXPECT_EQ(signal_name(-5), "SIG_-5");
  for (int signal = 1; signal <= 64; ++signal)
    EXPECT_EQ(signal_number(signal_name(signal)), signal);
  EXPECT_EQ(signal_number("KILL"), 9);
  EXPECT_EQ(signal_number("NOSUCH"), 0);
}

}  // namespace
}  // namespace vestige
