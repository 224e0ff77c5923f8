// SPDX-License-Identifier: Apache-2.0
//
// The sections in the contents of a frame: Trace.section.content.
#pragma once

#include "format/trace_schema.h"
#include "format/trace_wire.h"

namespace vestige {

// Calls `use(number, content)` for each, until it returns false. False: it
// did, or the bytes are malformed.
template <typename Use>
bool each_section(ByteSpan raw, Use use) {
  WireCursor trace(raw);
  while (!trace.at_end()) {
    const auto section = trace.field();
    if (section.number != kTraceSection || !section.is_bytes) continue;
    WireCursor contents(section.bytes);
    while (!contents.at_end()) {
      const auto content = contents.field();
      if (content.is_bytes && !use(content.number, content.bytes)) return false;
    }
    if (!contents.ok()) return false;
  }
  return trace.ok();
}

}  // namespace vestige
