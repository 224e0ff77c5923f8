// SPDX-License-Identifier: Apache-2.0
//
// Findings as lines.
#pragma once

#include <string>
#include <vector>

#include "replay/rules/finding.h"
#include "tui/page_view.h"
#include "tui/session.h"

namespace vestige::tui {

Style priority_style(Priority priority);
// All that is known of it: the rule, why it matched, who did it.
std::vector<Line> finding_details(const Session& session,
                                  const Finding& finding);
// "4: 1 Critical, 3 Warning"; "none".
std::string findings_by_priority(const std::vector<Finding>& findings);

}  // namespace vestige::tui
