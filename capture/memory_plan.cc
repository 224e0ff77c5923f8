// SPDX-License-Identifier: Apache-2.0
#include "capture/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <thread>

#include "bpf/capture_plan.h"

namespace vestige {
namespace {

constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kLeastShared = 24 * kMiB;  // for all but the ring
constexpr uint64_t kLeastRing = 4 * kMiB;
constexpr uint64_t kMostRing = 16 * kMiB;
constexpr uint64_t kRingMaps = 2;
// A long call is in pieces, then in a column, that twice as long while it
// grows, before and after compression.
constexpr uint64_t kCopiesOfCall = 6;
// What one busy trace may fill of the chunks' memory with text and payload, as
// a part of it: they are held about as often, columns being grown by doubling,
// gathered and compressed. Less, and the memory of each chunk would have to be
// given back and be taken again, which costs more than to fill it.
constexpr uint64_t kTextShare = 8;

uint64_t long_calls_bytes(MemoryPlan::Payload payload) {
  const uint64_t cpus = std::max(1U, std::thread::hardware_concurrency());
  switch (payload) {
    case MemoryPlan::Payload::kShort: return 0;
    case MemoryPlan::Payload::kWhole:
      return (kCopiesOfCall + cpus) * PAYLOAD_ALL_MAX;
  }
  return 0;
}

}  // namespace

uint64_t MemoryPlan::least_bytes(std::optional<uint32_t> ring_bytes,
                                 Payload payload) {
  return kRingMaps * ring_bytes.value_or(kLeastRing) + kLeastShared +
         long_calls_bytes(payload);
}

Result<MemoryPlan> MemoryPlan::divide(uint64_t bytes,
                                      std::optional<uint32_t> ring_bytes,
                                      Payload payload) {
  const uint64_t least = least_bytes(ring_bytes, payload);
  if (bytes < least)
    return Error{ErrorKind::kUsage,
                 fmt::format("--memory: at least {} MiB are needed{}",
                             (least + kMiB - 1) / kMiB,
                             ring_bytes || payload == Payload::kWhole
                                 ? " with this --ring-size and --payload"
                                 : "")};
  MemoryPlan plan;
  const uint64_t left = bytes - long_calls_bytes(payload);
  plan.ring_bytes = ring_bytes.value_or(
      uint32_t(std::clamp(std::bit_floor(left / 8), kLeastRing, kMostRing)));
  const uint64_t share = (left - kRingMaps * plan.ring_bytes) / 8;
  plan.chunk_bytes = 2 * share;
  plan.text_bytes =
      uint32_t(std::min<uint64_t>(plan.text_bytes, 2 * share / kTextShare));
  plan.stash_bytes = share;
  plan.newcomer_bytes = 2 * share;
  plan.index_bytes = 3 * share;
  return plan;
}

}  // namespace vestige
