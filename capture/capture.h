// SPDX-License-Identifier: Apache-2.0
//
// What `record` and `watch` share: the kernel session, a slot per container,
// ledgers, snapshots. Whose trace goes where and when it ends is up to them.
//
// Life: open -> add* -> attach -> (poll, add, close)* -> stop. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "capture/kernel_processes.h"
#include "capture/memory_plan.h"
#include "capture/newcomers.h"
#include "capture/proc_process.h"
#include "capture/recorder.h"
#include "capture/selection.h"

namespace vestige {

struct CaptureOptions {
  SessionOptions session;
  // Each container is looked at again after this time; 0: only once.
  uint64_t checkpoint_ns = 0;
  MemoryPlan memory;  // of which the ring is told in `session`
};

class Capture {
 public:
  // kSystem with the kernel's reason when it refuses.
  static Result<std::unique_ptr<Capture>> open(const CaptureOptions& options);
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  // How many slots are free now.
  [[nodiscard]] size_t room() const;
  // Records the tasks of this cgroup: once attached, from this call on;
  // before, from attach() on. kSystem when all slots are taken or the kernel
  // refuses.
  Result<uint16_t> add(Selection selection, TraceWriter writer);
  // To be called right after add(), once attached: puts into the trace what
  // was recorded of the cgroup while it was a newcomer, or tells that this is
  // missing; then a snapshot.
  void catch_up(uint16_t slot);
  // A newcomer in the cgroup of an open slot goes into its trace. False: it is
  // in none.
  bool adopt(const std::string& path);
  // For session.has_newcomers.
  [[nodiscard]] Newcomers& newcomers() { return *newcomers_; }
  Result<void> attach();
  // Takes snapshots of what was added before attach().
  void look_at_all();
  // Puts a snapshot into the trace of a slot, now.
  void checkpoint(uint16_t slot);
  // Lets the next poll() take one, unless the last one was so slow that the
  // agent would do little else.
  void ask_for_checkpoint(uint16_t slot);

  // Drains for a while. Every 50 ms also takes the snapshots that are due and
  // writes chunks that are old enough, and says so: time to look at ended().
  Result<bool> poll();
  // Open slots whose containers have no process any more, after having had
  // one, or are gone. They are silent.
  Result<std::vector<uint16_t>> ended();
  // Nothing more is recorded of these slots, all that was has been received,
  // and calls still in flight are appended: the kernel's counts are final.
  Result<void> silence(std::span<const uint16_t> slots);
  // Ends a slot's trace and goes on in another, with a snapshot first. What
  // happens meanwhile waits in the ring.
  Result<void> rotate(uint16_t slot, TraceEnd end, const Recorder::Next& next);
  // Ends a slot's trace, silent or not, all that the kernel counted included.
  // The slot can be used again a little later.
  Result<void> close(uint16_t slot, TraceEnd end);
  // Writes what a slot has collected, with what was lost so far.
  void flush(uint16_t slot);
  // Nothing is recorded after this: all slots are silent.
  void stop();

  [[nodiscard]] std::vector<uint16_t> open_slots() const;
  [[nodiscard]] const Selection& selection(uint16_t slot) const;
  [[nodiscard]] Selection& selection(uint16_t slot);
  [[nodiscard]] Recorder& recorder() { return recorder_; }
  [[nodiscard]] const Recorder& recorder() const { return recorder_; }

 private:
  struct Target {
    Selection selection;
    bool was_populated = false;
    bool is_silent = false;
    uint64_t checkpoint_due_ns = UINT64_MAX;
    uint64_t checkpoint_allowed_ns = 0;
  };
  Capture(const CaptureOptions& options,
          std::optional<KernelProcesses> kernel_processes, BpfSession session);
  void keep_up(uint64_t now_ns);
  void account(uint16_t slot);
  void receive_rest(std::span<const uint16_t> slots);
  void append_in_flight(uint16_t slot);
  [[nodiscard]] SlotCounts counts(uint16_t slot) const;
  std::optional<uint16_t> free_slot() const;

  CaptureOptions options_;
  // Nothing where the kernel does not let it; then /proc has to do.
  std::optional<KernelProcesses> kernel_processes_;
  BpfSession session_;
  ProcProcesses proc_processes_;
  BpfSession::Sink sink_;
  Recorder recorder_;
  std::optional<Newcomers> newcomers_;
  std::vector<std::optional<Target>> targets_;  // by slot
  std::vector<uint64_t> free_from_ns_;          // by slot
  bool is_attached_ = false;
  uint64_t kept_up_ns_ = 0;
  uint64_t accounted_ns_ = 0;
};

}  // namespace vestige
