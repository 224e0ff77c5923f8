// SPDX-License-Identifier: Apache-2.0
//
// Sends each record to the trace of its container and keeps the ledger: for
// every container, records wanted = written + lost, by cause.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "capture/bpf_session.h"
#include "capture/decode_record.h"
#include "capture/decode_record_pieces.h"
#include "format/trace_writer.h"

namespace vestige {

// One container's account.
struct Ledger {
  SlotCounts kernel;          // as last read from the kernel, since open()
  uint64_t written = 0;       // events from the ring that the trace took
  uint64_t in_flight = 0;     // events added for calls that had not returned
  uint64_t bad = 0;           // records that could not be decoded
  uint64_t write_failed = 0;  // events that the trace had to refuse later
  uint64_t evicted = 0;       // records that waited for want of memory
  uint64_t accounted_ns = 0;  // CLOCK_BOOTTIME of the last account()

  // Records nobody can explain: 0 unless there is a mistake in the agent.
  [[nodiscard]] uint64_t unexplained() const {
    return seen() > told() ? seen() - told() : 0;
  }
  [[nodiscard]] uint64_t seen() const { return kernel.wanted + in_flight; }
  [[nodiscard]] uint64_t told() const { return written + in_flight + lost(); }
  [[nodiscard]] uint64_t lost() const {
    return bad + write_failed + evicted + kernel.ring_full;
  }
};

class Recorder {
 public:
  // Sees every event before its trace gets it. The event's views are valid
  // only for the call.
  using Observer = std::function<void(uint16_t slot, const Event&)>;
  void observe(Observer observer) { observer_ = std::move(observer); }

  // Chunks being built take at most about so much memory, all together: then
  // the largest is written early, which costs compression. 0: no bound.
  void bound_memory(size_t bytes) { memory_bound_ = bytes; }

  // The slot writes to this trace from now on; it must not be open. `base`:
  // what the kernel had counted for the slot before.
  void open(uint16_t slot, TraceWriter writer, const SlotCounts& base);

  // One raw record, as BpfSession::Sink; of another slot than it says, if one
  // is given. Records of closed slots are counted as strays.
  void record(std::span<const std::byte> bytes,
              std::optional<uint16_t> of_slot = {});
  // Compares the kernel's counts with the last ones and tells the trace what
  // was lost in between.
  void account(uint16_t slot, const SlotCounts& now, uint64_t now_ns);
  void append(uint16_t slot, const Snapshot& snapshot);
  // An event that did not come from the ring: a call still in flight.
  void append(uint16_t slot, const Event& event);
  void add_loss(uint16_t slot, Loss loss);
  // Records from the ring that had to be let go before they were decoded.
  void evict(uint16_t slot, Loss loss);
  // Writes what has been collected, whatever its age.
  void flush(uint16_t slot);
  // Writes chunks that are old enough.
  void flush_if_due(uint64_t now_ns);
  // Ends the trace of a slot and goes on in the one that `next` makes of what
  // was sealed; the ledger goes on too. When it fails, the slot has an error.
  using Next = std::function<Result<TraceWriter>(const ChainHead& sealed)>;
  Result<void> rotate(uint16_t slot, TraceEnd end, const Next& next);
  // Ends the trace of a slot. Its totals must have been accounted. Ledger,
  // writer and error can be asked until the slot is opened again.
  Result<void> close(uint16_t slot, TraceEnd end);

  [[nodiscard]] bool is_open(uint16_t slot) const;
  // What stopped the trace of a slot, if something did.
  [[nodiscard]] const std::optional<Error>& error(uint16_t slot) const;
  [[nodiscard]] const Ledger& ledger(uint16_t slot) const;
  [[nodiscard]] const TraceWriter& writer(uint16_t slot) const;
  // Slots from this one on were never open.
  [[nodiscard]] uint16_t slots() const { return uint16_t(lanes_.size()); }
  [[nodiscard]] uint64_t strays() const { return strays_; }

 private:
  struct Lane {
    std::optional<TraceWriter> writer;
    SlotCounts base;
    Ledger ledger;
    std::optional<Error> error;
    uint64_t refused = 0;      // by the writer, as far as in the ledger
    uint64_t told_before = 0;  // Ledger::told(), in files before this one
    size_t memory = 0;         // of its writer, when it was weighed
    size_t unweighed = 0;      // bytes of records since
    bool is_open = false;
  };
  static void keep(Lane& lane, Result<void> result);
  void weigh(Lane& lane);
  void release(Lane& lane);

  std::vector<Lane> lanes_;
  std::array<Part, kMaxParts> parts_;
  Observer observer_;
  PayloadPieces pieces_;
  uint64_t strays_ = 0;
  size_t memory_bound_ = 0;
  size_t memory_ = 0;  // of all lanes
};

}  // namespace vestige
