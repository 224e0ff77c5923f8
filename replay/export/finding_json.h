// SPDX-License-Identifier: Apache-2.0
//
// Findings in the words of other tools. Falco's and SARIF's are in
// replay/rules/finding.h.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "replay/rules/finding.h"

namespace vestige {

// OCSF 1.3 Detection Finding (class 2004).
nlohmann::ordered_json finding_ocsf(const Finding& finding);
// One line of Timesketch's JSONL.
nlohmann::ordered_json finding_timesketch(const Finding& finding);

}  // namespace vestige
