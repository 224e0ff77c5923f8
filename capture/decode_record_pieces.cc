// SPDX-License-Identifier: Apache-2.0
#include "capture/decode_record_pieces.h"

#include <cstring>

#include "bpf/capture_plan.h"
#include "bpf/raw_record.h"

namespace vestige {
namespace {

constexpr size_t kMaxCpus = 8192;
constexpr size_t kKeptBytes = 1 << 20;  // of memory, between calls

}  // namespace

bool PayloadPieces::keep(std::span<const std::byte> bytes) {
  raw_piece head;
  if (bytes.size() < sizeof head) return false;
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.abi != RAW_PIECE) return false;
  if (head.cpu >= kMaxCpus || head.bytes > bytes.size() - sizeof head)
    return false;
  if (by_cpu_.size() <= head.cpu) by_cpu_.resize(head.cpu + 1U);
  auto& [slot, data] = by_cpu_[head.cpu];
  if (head.offset == 0) {
    slot = head.slot;
    if (data.capacity() > kKeptBytes) data = {};
    data.clear();
  }
  // One before it was lost: what follows has no place.
  if (head.offset != data.size() || slot != head.slot ||
      data.size() > PAYLOAD_ALL_MAX)
    return true;
  data.append(reinterpret_cast<const char*>(bytes.data()) + sizeof head,
              head.bytes);
  return true;
}

void PayloadPieces::join(const DecodedRecord& record, std::span<Part> parts) {
  if (!record.part_in_pieces || *record.part_in_pieces >= parts.size()) return;
  Part& part = parts[*record.part_in_pieces];
  const uint16_t cpu = record.event.cpu;
  if (cpu < by_cpu_.size() && by_cpu_[cpu].slot == record.slot)
    part.data = std::string_view(by_cpu_[cpu].data).substr(0, part.full_size);
  if (part.data.size() < part.full_size) part.flags |= kPartTruncated;
}

}  // namespace vestige
