// SPDX-License-Identifier: Apache-2.0
//
// How the memory that a recording may take is divided. What does not grow with
// containers and load is not in it: the programs, libraries, what is loaded
// into the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "capture/bpf_session.h"
#include "format/result.h"

namespace vestige {

struct MemoryPlan {
  // A call is recorded with up to 8 MiB where PayloadPolicy says so.
  enum class Payload : uint8_t { kShort, kWhole };

  uint32_t ring_bytes = 16 << 20;         // mapped twice
  size_t chunk_bytes = 64 << 20;          // of all traces, until written
  uint32_t text_bytes = 8 << 20;          // of texts and payload in one chunk
  size_t stash_bytes = 32 << 20;          // that waits for a snapshot
  size_t newcomer_bytes = 64 << 20;       // of those not known yet
  size_t index_bytes = size_t(64) << 20;  // of all traces

  // `ring_bytes`: what the user wants; the largest that fits otherwise.
  // kUsage, naming the least, when it is too little to work with.
  static Result<MemoryPlan> divide(uint64_t bytes,
                                   std::optional<uint32_t> ring_bytes,
                                   Payload payload);
  // What divide() takes at least.
  static uint64_t least_bytes(std::optional<uint32_t> ring_bytes,
                              Payload payload);
};

}  // namespace vestige
