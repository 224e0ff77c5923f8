// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "format/result.h"

namespace CLI {
class App;
}

namespace vestige::cli {

// vestige import IN.scap -o OUT.vtrace. Gives what runs it once the options
// are parsed: 0, or 1 when the capture was damaged or cut off.
std::function<Result<int>()> add_import(CLI::App& app);

}  // namespace vestige::cli
