// SPDX-License-Identifier: Apache-2.0
#include "format/event.h"

namespace vestige {

const Part* Event::part(uint8_t arg, PartKind kind) const {
  for (const Part& part : parts)
    if (part.arg == arg && part.kind == kind) return &part;
  return nullptr;
}

}  // namespace vestige
