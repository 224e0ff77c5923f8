// SPDX-License-Identifier: Apache-2.0
//
// What the process of a finding did before and after: its events around it,
// read from the trace in one more pass.
#pragma once

#include <string>
#include <vector>

#include "format/result.h"
#include "replay/rules/finding.h"

namespace vestige {

// Fills Finding::before and after with at most `count` events of the same
// process each. The findings are those of this trace, in its order.
Result<void> add_context(const std::string& trace, size_t count,
                         std::vector<Finding>& findings);

}  // namespace vestige
