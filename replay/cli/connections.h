// SPDX-License-Identifier: Apache-2.0
//
// vestige net --connections.
#pragma once

#include "replay/cli/command.h"

namespace vestige::cli {

// A row per connection: ends, result, amounts, who had it over time.
void print_connections(const Case& opened, const Options& options);

}  // namespace vestige::cli
