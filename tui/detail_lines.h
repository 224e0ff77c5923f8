// SPDX-License-Identifier: Apache-2.0
//
// All that is known of a subject, as lines of a page.
#pragma once

#include <vector>

#include "tui/page_view.h"
#include "tui/session.h"
#include "tui/subject.h"

namespace vestige::tui {

void add_process_details(const Session& session, const ProcessRow& row,
                         std::vector<Line>& out);
void add_file_details(const Session& session, std::string_view path,
                      std::vector<Line>& out);
void add_connection_details(const Session& session, const ConnectionRow& row,
                            std::vector<Line>& out);
void add_fact_details(const Session& session, FactRef fact,
                      std::vector<Line>& out);

// Of lists inside a page; what is left out is counted.
inline constexpr size_t kMaxListed = 200;
void add_left_out(size_t count, std::vector<Line>& out);
Line fact_as_line(const Session& session, FactRef fact);

}  // namespace vestige::tui
