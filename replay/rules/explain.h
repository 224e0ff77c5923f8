// SPDX-License-Identifier: Apache-2.0
//
// Why a condition holds for an event: the condition as a tree, each check
// with its outcome and the value it saw.
//
//   + all of
//     + evt.type in (open, openat)   # openat
//     + not
//       - proc.name = cat            # sh
#pragma once

#include <string>
#include <string_view>

#include "replay/filter/filter.h"

namespace vestige {

// Lines of text, escaped. Long lists are cut.
std::string explain(std::string_view condition,
                    const filter::Definitions& definitions,
                    const EventView& view);

// The condition in one line, escaped, cut when it is long.
std::string condition_line(std::string_view condition);

}  // namespace vestige
