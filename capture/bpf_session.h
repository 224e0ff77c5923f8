// SPDX-License-Identifier: Apache-2.0
//
// The kernel side of a capture: loads, configures, attaches, drains. The only
// place that knows libbpf. Life: open -> select* -> attach -> poll* ->
// detach -> drain -> gone. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "capture/plans_payload.h"
#include "format/event.h"
#include "format/loss.h"
#include "format/result.h"

namespace vestige {

struct SessionOptions {
  uint32_t ring_bytes = 16 * 1024 * 1024;  // power of two, whole pages
  uint32_t snaplen = 128;                  // payload bytes per call
  PayloadPolicy payload;                   // where it is not snaplen
  uint32_t string_limit = 4096;            // bytes per string
  uint32_t argv_limit = 16384;             // bytes of argv and of env
  bool has_enter = true;       // durations and calls in flight; costs more
  bool has_newcomers = false;  // cgroups made later are told and recorded
  // Thread group never recorded, whatever is selected; 0: none.
  uint32_t skipped_pid = 0;
};

// What the kernel program counted for a slot, all CPUs together.
struct SlotCounts {
  uint64_t wanted = 0;     // records made, those lost included
  uint64_t ring_full = 0;  // of these, how many found the ring full
  uint64_t part_fault = 0;
  uint64_t part_truncated = 0;
  uint64_t part_dropped = 0;
  uint64_t no_storage = 0;  // calls whose entry was not remembered
  std::vector<uint64_t> ring_full_by_cpu;  // what ring_full is the sum of

  // Counters of a slot that was used before go on from where they were.
  [[nodiscard]] SlotCounts since(const SlotCounts& base) const;
  void add(const SlotCounts& more);
};

class BpfSession {
 public:
  // kSystem: no BTF, no permission, or the kernel refused, with its reason.
  static Result<BpfSession> open(const SessionOptions& options);
  BpfSession(BpfSession&&) noexcept;
  BpfSession& operator=(BpfSession&&) noexcept;
  ~BpfSession();

  // What this kernel does not let us see.
  [[nodiscard]] const std::vector<LossReason>& unseen() const;
  // How many containers one session can tell apart.
  static uint16_t slots_max();
  // Tasks in the cgroup (v2) of this descriptor, or below it, are recorded
  // under this slot from now on.
  Result<void> select(uint16_t slot, int cgroup_fd);
  Result<void> deselect(uint16_t slot);

  // With has_newcomers, a cgroup that is made takes one of the slots given
  // here, of those from slots_max() up to journal_slot(). Who makes it puts a
  // record KERNEL_CGROUP_MADE under the journal's slot first.
  static uint16_t journal_slot();
  void give_slot(uint16_t slot);
  // Its tasks are not recorded under the slot it took any more.
  void forget_newcomer(uint64_t cgroup_id);
  // Those not forgotten, and their slots.
  [[nodiscard]] std::vector<std::pair<uint64_t, uint16_t>> newcomers() const;

  Result<void> attach();
  // No program begins after this; settle() waits for those that run.
  void detach();
  // Returns when no program runs any more that began before this call, so
  // that whatever was changed before holds for all that come. Takes some
  // milliseconds, more on a busy machine.
  static void settle();

  using Sink = std::function<void(std::span<const std::byte>)>;
  // Waits until the ring fills up or the time is over, then hands records to
  // the sink, in the order they were completed, for at most about 100 ms.
  // Returns how many.
  Result<uint64_t> poll(int timeout_ms, const Sink& sink);
  // Likewise what there is, without waiting, and for as long as `goes_on`,
  // which is asked every 1024 records.
  uint64_t take(const Sink& sink, const std::function<bool()>& goes_on);
  // Hands over all that was there when it was called.
  uint64_t drain(const Sink& sink);

  [[nodiscard]] SlotCounts counts(uint16_t slot) const;
  // Calls that the threads of a process have entered and not returned from,
  // as events with kInFlight and without parts. Before 6.9 only the main
  // thread's can be told. For use when it is not recorded any more.
  [[nodiscard]] std::vector<Event> calls_in_flight(pid_t pid,
                                                   uint64_t cgroup_id) const;
  // Hands over the records of the slot's requests to io_uring that have not
  // completed, as they were submitted, and forgets them. For use likewise.
  void take_requests_in_flight(uint16_t slot, const Sink& sink);

 private:
  struct State;
  static Result<void> watch_wakeups(State& state);
  explicit BpfSession(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vestige
