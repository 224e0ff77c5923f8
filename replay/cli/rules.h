// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "format/result.h"

namespace CLI {
class App;
}

namespace vestige::cli {

// vestige rules [-r RULES] [TRACE...]. Gives what runs it once the options
// are parsed: 0 when nothing was found, 1 when a rule matched.
std::function<Result<int>()> add_rules(CLI::App& app);

}  // namespace vestige::cli
