// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "replay/event_view.h"

namespace vestige {

// One line that says what a row is about: "sh[12] create /tmp/x ok". Captured
// bytes in it are escaped.
std::string row_sentence(const EventView& row);

// What happened at its time, in a few words: "File written".
std::string row_moment(const EventView& row);

}  // namespace vestige
