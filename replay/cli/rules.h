// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "format/result.h"
#include "replay/rules/rule_set.h"

namespace CLI {
class App;
}

namespace vestige::cli {

// vestige rules [-r RULES] [TRACE...]. Gives what runs it once the options
// are parsed: 0 when nothing was found, 1 when a rule matched.
std::function<Result<int>()> add_rules(CLI::App& app);

// Rule files or folders of them; none: those that were installed. What is
// wrong with them is told on stderr; kBadInput when they cannot be used.
Result<RuleSet> load_valid_rules(const std::vector<std::string>& given,
                                 bool shows_warnings = false);

}  // namespace vestige::cli
