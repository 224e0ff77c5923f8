// SPDX-License-Identifier: Apache-2.0
//
// One event of a .scap file, as bytes. A block of events holds:
//
//   | cpu (2) | flags (4), only in kEventFlags* |
//   | time (8) | thread (8) | length (4) | code (2) |
//   | parameters (4), not in version 1 |
//   | length of each parameter (2; 4 in *Large) ... | parameters ... |
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "format/result.h"
#include "replay/scap/block_reader.h"

namespace vestige {

struct ScapEvent {
  uint64_t time_ns = 0;  // UTC
  uint64_t tid = 0;      // all ones: nobody's
  uint16_t code = 0;     // events.def
  uint16_t cpu = 0;
  uint32_t flags = 0;
  std::vector<std::string_view> params;  // into the block's body
};

bool is_event(BlockType type);
// The error names the reason only.
Result<ScapEvent> decode_event(BlockType type, std::string_view body);

}  // namespace vestige
