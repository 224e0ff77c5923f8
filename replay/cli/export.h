// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "replay/cli/tools.h"

namespace vestige::cli {

// vestige export --format FORMAT TRACE [FILTER] [-o OUT]
Tool add_export(CLI::App& app);

}  // namespace vestige::cli
