// SPDX-License-Identifier: Apache-2.0
//
// vestige files --life and --marks.
#pragma once

#include "format/result.h"
#include "replay/cli/command.h"

namespace vestige::cli {

// The lives of all files that ever had a name which fits options.life.
Result<int> print_lives(const Options& options);
// What was done in order to hide.
Result<int> print_marks(const Options& options);

}  // namespace vestige::cli
