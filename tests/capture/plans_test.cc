// SPDX-License-Identifier: Apache-2.0
#include "capture/plans.h"

#include <gtest/gtest.h>

#include "format/descriptor.h"

namespace vestige {
namespace {

const syscall_plan& native(const Plans& plans, std::string_view name) {
  return plans.calls[find_descriptor(kNativeAbi, name)->type.number];
}

TEST(Plans, FoldArgumentKindsIntoClasses) {
  const Plans plans = make_plans();
  const syscall_plan& openat = native(plans, "openat");
  EXPECT_EQ(openat.take[0], TAKE_FD);
  EXPECT_EQ(openat.take[1], TAKE_STRING);
  EXPECT_EQ(openat.args, 2);
  EXPECT_EQ(openat.flags, PLAN_NEW_FD | PLAN_PATH_OPENED);
}

TEST(Plans, LookAtNothingWhenRegistersSayItAll) {
  const Plans plans = make_plans();
  EXPECT_EQ(native(plans, "getppid").args, 0);
  EXPECT_EQ(native(plans, "close").args, 0);
}

TEST(Plans, HoldTheVariantsOfACallInARow) {
  const Plans plans = make_plans();
  const syscall_plan& prctl = native(plans, "prctl");
  ASSERT_GT(prctl.variant_count, 0);
  ASSERT_LE(prctl.variant_first + prctl.variant_count, plans.variants.size());
  bool names_a_string = false;
  for (int i = 0; i < prctl.variant_count; ++i) {
    const variant_plan& v = plans.variants[prctl.variant_first + i];
    names_a_string |= v.option == 15 && v.arg == 1 && v.take == TAKE_STRING;
  }
  EXPECT_TRUE(names_a_string);  // PR_SET_NAME
}

TEST(Plans, FitTheTablesOfTheKernelProgram) {
  const Plans plans = make_plans();
  EXPECT_EQ(plans.calls.size(), size_t{PLAN_TABLES} * PLAN_NUMBERS);
  EXPECT_LE(plans.variants.size(), size_t{VARIANTS_MAX});
  size_t wanted = 0;
  for (const syscall_plan& plan : plans.calls) {
    EXPECT_LE(plan.variant_count, VARIANTS_PER_CALL_MAX);
    wanted += plan.variant_count;
  }
  EXPECT_EQ(wanted, plans.variants.size());
}

}  // namespace
}  // namespace vestige
