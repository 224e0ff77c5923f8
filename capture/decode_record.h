// SPDX-License-Identifier: Apache-2.0
//
// Raw records of the kernel program (bpf/raw_record.h) to events. Pure; any
// bytes are safe: what does not add up is refused, never read beyond its end.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "format/event.h"

namespace vestige {

// The kernel program attaches fewer; a record that claims more is refused.
inline constexpr size_t kMaxParts = 64;

struct DecodedRecord {
  Event event;        // views into the record and into `parts`
  uint16_t slot = 0;  // of the selected container
  uint64_t sequence = 0;
  // The part whose data came ahead: decode_record_pieces.h.
  std::optional<size_t> part_in_pieces;
};

// nullopt when the bytes are no record. `parts` must outlive the event.
std::optional<DecodedRecord> decode_record(std::span<const std::byte> record,
                                           std::array<Part, kMaxParts>& parts);

}  // namespace vestige
