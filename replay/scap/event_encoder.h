// SPDX-License-Identifier: Apache-2.0
//
// Events of ours as those of .scap files: the way events.def leads, backwards.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "format/event.h"
#include "replay/scap/event_table.h"
#include "replay/scap/task_book.h"

namespace vestige {

// Which event types stand for one of ours in a file that sysdig 0.29 and all
// newer readers understand.
struct ScapPair {
  const ScapEventInfo* entry = nullptr;      // nullptr: has none
  const ScapEventInfo* returning = nullptr;  // nullptr: has none
};
// Types that only name the call for calls that have no better one, or whose
// result is not known; both null for what has no counterpart at all.
ScapPair scap_pair(const Event& event);
// Part kUnknownArgs; 0 when everything was told.
uint8_t unknown_args(const Event& event);

// The parameters in the order of the type, each as its bytes.
std::vector<std::string> encode_params(const ScapEventInfo& info,
                                       const Event& event,
                                       const TaskFacts& task);
// How many of them readers of that time expect at a return: what the entry
// has told is not said again.
size_t params_told(const ScapEventInfo& info, const ScapEventInfo* entry);

// The bytes of a number of that type.
std::string encode_number(ScapType type, uint64_t value);

}  // namespace vestige
