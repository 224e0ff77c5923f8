// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "replay/event_view.h"

namespace vestige {

// What kind of thing an event is, in the words of evt.category. Calls that
// move bytes or end a descriptor are of the kind of what it stands for.
std::string_view event_category(const EventView& view);

}  // namespace vestige
