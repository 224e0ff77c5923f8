// SPDX-License-Identifier: Apache-2.0
//
// vestige sysdig: what people type after `sysdig -r`, understood or answered
// with a sentence. docs/sysdig.md has a line for each option of its manual.
#pragma once

#include "replay/cli/tools.h"

namespace vestige::cli {

Tool add_sysdig(CLI::App& app);

}  // namespace vestige::cli
