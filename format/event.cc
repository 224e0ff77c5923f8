// SPDX-License-Identifier: Apache-2.0
#include "format/event.h"

namespace vestige {

const Part* Event::part(uint8_t arg, PartKind kind) const {
  for (const Part& part : parts)
    if (part.arg == arg && part.kind == kind) return &part;
  return nullptr;
}

bool Event::is_told(uint8_t arg) const {
  const Part* unknown = part(kTaskArg, PartKind::kUnknownArgs);
  return !unknown || unknown->data.empty() ||
         !(uint8_t(unknown->data[0]) >> arg & 1);
}

}  // namespace vestige
