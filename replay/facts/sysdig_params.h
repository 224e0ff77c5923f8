// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "format/descriptor.h"
#include "replay/scap/event_table.h"

namespace vestige {

// What sysdig calls `name` among the arguments of this event: the parameter
// of replay/scap/events.def that tells most. nullptr: it has none so called.
const ScapParam* sysdig_param(const Descriptor& event, std::string_view name);

// What evt.type says: "pread" for pread64, "switch" for sched_switch.
std::string_view sysdig_name(const Descriptor& event);

}  // namespace vestige
