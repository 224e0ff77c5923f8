// SPDX-License-Identifier: Apache-2.0
//
// Folds the syscall table into what the kernel program needs: how each
// argument is taken. The kernel program never sees a name.
#pragma once

#include <vector>

#include "bpf/capture_plan.h"

namespace vestige {

struct Plans {
  std::vector<syscall_plan> calls;     // PLAN_TABLES * PLAN_NUMBERS
  std::vector<variant_plan> variants;  // at most VARIANTS_MAX
};

Plans make_plans();

}  // namespace vestige
