// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "replay/cli/tools.h"

namespace vestige::cli {

// vestige export --format scap TRACE -o OUT.scap
Tool add_export(CLI::App& app);

}  // namespace vestige::cli
