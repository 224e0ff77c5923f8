// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "format/header.h"
#include "replay/scap/event_block.h"

namespace vestige {

// What an event of type "container" tells; nothing when it names none.
std::optional<ContainerInfo> container_of(const ScapEvent& event);

}  // namespace vestige
