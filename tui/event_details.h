// SPDX-License-Identifier: Apache-2.0
//
// All there is of a raw event, as lines of a page: arguments in full, parts,
// payload in hex and ASCII.
#pragma once

#include <vector>

#include "tui/event_pager.h"
#include "tui/page_view.h"
#include "tui/session.h"

namespace vestige::tui {

// Bytes in hex and as ASCII, sixteen a line.
void add_dump(std::string_view bytes, std::vector<Line>& out);
std::vector<Line> event_details(const Session& session, const KeptEvent& kept);

}  // namespace vestige::tui
