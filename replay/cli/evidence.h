// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "replay/cli/tools.h"

namespace vestige::cli {

// vestige evidence SCRIPT TRACE... -o FOLDER
Tool add_evidence(CLI::App& app);
// vestige redact TRACE --profile PROFILE... -o OUT
Tool add_redact(CLI::App& app);
// vestige custody FOLDER [--add "what was done"]
Tool add_custody(CLI::App& app);

}  // namespace vestige::cli
