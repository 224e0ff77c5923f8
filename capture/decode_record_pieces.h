// SPDX-License-Identifier: Apache-2.0
//
// Payload too long for a record comes in pieces ahead of it (bpf/raw_record.h).
// Keeps them until their record comes and puts them into its part. Bounded: one
// call at most per CPU is in pieces, and the kernel program bounds each. Other
// records may come in between that were kept elsewhere for a while.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "capture/decode_record.h"

namespace vestige {

class PayloadPieces {
 public:
  // Whether the bytes are a piece; then they are kept. Any bytes are safe.
  bool keep(std::span<const std::byte> bytes);
  // Gives the part that came in pieces its data, valid until the next keep()
  // of this CPU. It is marked as truncated when a piece is missing.
  void join(const DecodedRecord& record, std::span<Part> parts);

 private:
  struct Pieces {
    uint16_t slot = 0;
    std::string data;
  };
  std::vector<Pieces> by_cpu_;
};

}  // namespace vestige
