// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "replay/cli/tools.h"

namespace vestige::cli {

// vestige manual: vestige(1), made from what the program takes.
Tool add_manual(CLI::App& app);

}  // namespace vestige::cli
