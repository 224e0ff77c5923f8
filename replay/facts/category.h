// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "format/descriptor.h"

namespace vestige {

// What kind of thing a call does, in the words of evt.category: file, net,
// process, memory, ipc, signal, user, sleep, time, wait, io-read, io-write,
// io-other, scheduler, system, other.
std::string_view event_category(const Descriptor& call);

}  // namespace vestige
