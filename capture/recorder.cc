// SPDX-License-Identifier: Apache-2.0
#include "capture/recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vestige {
namespace {

// How much of the bound may come in between two looks at how much it is.
constexpr size_t kUnweighedShare = 512;

}  // namespace

void Recorder::open(uint16_t slot, TraceWriter writer, const SlotCounts& base) {
  if (slot >= lanes_.size()) lanes_.resize(slot + 1u);
  memory_ -= lanes_[slot].memory;
  lanes_[slot] = {};
  lanes_[slot].writer = std::move(writer);
  lanes_[slot].base = base;
  lanes_[slot].is_open = true;
}

// The first error is the one that tells; later ones follow from it. A chunk
// that is refused takes events with it that had been written before.
void Recorder::keep(Lane& lane, Result<void> result) {
  if (result) return;
  if (!lane.error) lane.error = std::move(result).error();
  Ledger& ledger = lane.ledger;
  const uint64_t refused = lane.writer->refused() - lane.refused;
  lane.refused += refused;
  ledger.write_failed += refused;
  const uint64_t taken = std::min(ledger.written, refused);
  ledger.written -= taken;
  ledger.in_flight -= refused - taken;
}

void Recorder::record(std::span<const std::byte> bytes,
                      std::optional<uint16_t> of_slot) {
  if (pieces_.keep(bytes)) return;
  const auto decoded = decode_record(bytes, parts_);
  const uint16_t slot = of_slot.value_or(decoded ? decoded->slot : 0);
  if (slot >= lanes_.size() || !lanes_[slot].is_open) {
    ++strays_;
    return;
  }
  Lane& lane = lanes_[slot];
  if (!decoded) {
    ++lane.ledger.bad;
    lane.writer->add_loss({.reason = LossReason::kBadRecord, .count = 1});
    return;
  }
  pieces_.join(*decoded, parts_);
  if (observer_) observer_(slot, decoded->event);
  ++lane.ledger.written;
  keep(lane, lane.writer->append(decoded->event));
  lane.unweighed += bytes.size();
  if (lane.unweighed > memory_bound_ / kUnweighedShare ||
      decoded->part_in_pieces)
    weigh(lane);
}

// The largest gives first: one with a few events does not pay for another's
// many with a chunk for each.
void Recorder::weigh(Lane& lane) {
  if (memory_bound_ == 0) return;
  const size_t now = lane.writer->memory_bytes();
  memory_ += now - lane.memory;
  lane.memory = now;
  lane.unweighed = 0;
  while (memory_ > memory_bound_) {
    const auto largest = std::ranges::max_element(lanes_, {}, &Lane::memory);
    if (!largest->is_open) return;
    const size_t before = memory_;
    release(*largest);
    if (memory_ >= before) return;  // as little as can be
  }
}

void Recorder::release(Lane& lane) {
  keep(lane, lane.writer->flush_and_release());
  const size_t now = lane.writer->memory_bytes();
  memory_ += now - lane.memory;
  lane.memory = now;
}

void Recorder::account(uint16_t slot, const SlotCounts& counts,
                       uint64_t now_ns) {
  Lane& lane = lanes_[slot];
  if (!lane.is_open) return;
  const SlotCounts now = counts.since(lane.base);
  const SlotCounts before = std::exchange(lane.ledger.kernel, now);
  const uint64_t from_ns = std::exchange(lane.ledger.accounted_ns, now_ns);
  const auto tell = [&](LossReason reason, uint64_t count,
                        std::string where = {}) {
    if (count > 0)
      lane.writer->add_loss({.reason = reason,
                             .count = count,
                             .from_ns = from_ns,
                             .to_ns = now_ns,
                             .where = std::move(where)});
  };
  for (size_t cpu = 0; cpu < now.ring_full_by_cpu.size(); ++cpu) {
    const auto& earlier = before.ring_full_by_cpu;
    tell(LossReason::kRingFull,
         now.ring_full_by_cpu[cpu] - (cpu < earlier.size() ? earlier[cpu] : 0),
         fmt::format("cpu {}", cpu));
  }
  tell(LossReason::kPartFault, now.part_fault - before.part_fault);
  tell(LossReason::kPartTruncated, now.part_truncated - before.part_truncated);
  tell(LossReason::kPartsDropped, now.part_dropped - before.part_dropped);
  tell(LossReason::kInFlightMapFull, now.no_storage - before.no_storage);
}

void Recorder::append(uint16_t slot, const Snapshot& snapshot) {
  keep(lanes_[slot], lanes_[slot].writer->append(snapshot));
}

void Recorder::append(uint16_t slot, const Event& event) {
  ++lanes_[slot].ledger.in_flight;
  keep(lanes_[slot], lanes_[slot].writer->append(event));
}

void Recorder::add_loss(uint16_t slot, Loss loss) {
  lanes_[slot].writer->add_loss(std::move(loss));
}

void Recorder::evict(uint16_t slot, Loss loss) {
  lanes_[slot].ledger.evicted += loss.count;
  add_loss(slot, std::move(loss));
}

void Recorder::flush(uint16_t slot) {
  keep(lanes_[slot], lanes_[slot].writer->flush());
}

void Recorder::flush_if_due(uint64_t now_ns) {
  for (Lane& lane : lanes_)
    if (lane.is_open) {
      keep(lane, lane.writer->flush_if_due(now_ns));
      weigh(lane);
    }
}

Result<void> Recorder::rotate(uint16_t slot, TraceEnd end, const Next& next) {
  Lane& lane = lanes_[slot];
  // What is in the ring counts in the next file.
  const uint64_t told = lane.ledger.told();
  end.seen = told - std::exchange(lane.told_before, told);
  const auto go_on = [&]() -> Result<void> {
    TRY(lane.writer->close(std::move(end)));
    lane.writer = TRY(next(lane.writer->sealed()));
    lane.refused = 0;
    return {};
  };
  auto rotated = go_on();
  if (rotated) return {};
  lane.is_open = false;
  memory_ -= std::exchange(lane.memory, 0);
  keep(lane, rotated.error());
  return rotated;
}

Result<void> Recorder::close(uint16_t slot, TraceEnd end) {
  Lane& lane = lanes_[slot];
  if (!lane.is_open) return {};
  if (const uint64_t count = lane.ledger.unexplained())
    lane.writer->add_loss({.reason = LossReason::kBadRecord,
                           .count = count,
                           .where = "wanted by the kernel, never received"});
  lane.is_open = false;
  end.seen = lane.ledger.seen() - lane.told_before;
  auto closed = lane.writer->close(std::move(end));
  keep(lane, closed);
  memory_ -= std::exchange(lane.memory, 0);
  return closed;
}

bool Recorder::is_open(uint16_t slot) const {
  return slot < lanes_.size() && lanes_[slot].is_open;
}

const std::optional<Error>& Recorder::error(uint16_t slot) const {
  return lanes_[slot].error;
}

const Ledger& Recorder::ledger(uint16_t slot) const {
  return lanes_[slot].ledger;
}

const TraceWriter& Recorder::writer(uint16_t slot) const {
  return *lanes_[slot].writer;
}

}  // namespace vestige
