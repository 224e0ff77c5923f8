// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "replay/cli/tools.h"

namespace vestige::cli {

// vestige completion bash|zsh|fish: a script that completes commands, their
// options and the names of fields, made from what the program takes.
Tool add_completion(CLI::App& app);

}  // namespace vestige::cli
