// SPDX-License-Identifier: Apache-2.0
//
// Turns the blocks of a .scap file into what a trace holds: a snapshot of
// what was there, events, losses.
//
// Entry and return of a call become one event. A return without its entry is
// an event without kHasEnter; an entry without its return is kInFlight. From
// forks and execs, task_fork and task_exec are derived: the same facts, said
// as a live capture says them. Times are UTC: such a trace has no other clock.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "format/event.h"
#include "format/loss.h"
#include "format/snapshot.h"
#include "replay/scap/event_builder.h"
#include "replay/scap/snapshot_builder.h"
#include "replay/scap/thread_table.h"

namespace vestige {

// Where the converter puts what it makes. Views end with the call.
class ScapSink {
 public:
  virtual ~ScapSink() = default;
  virtual Result<void> on_event(const Event& event) = 0;
  virtual Result<void> on_snapshot(const Snapshot& snapshot) = 0;
  virtual void on_loss(Loss loss) = 0;
};

class ScapConverter {
 public:
  // sink must outlive the converter.
  explicit ScapConverter(ScapSink& sink) : sink_(sink) {}

  // Errors are those of the sink; what is wrong with a block becomes a loss.
  Result<void> add(const ScapBlock& block);
  // Calls that never returned, and the losses.
  Result<void> finish();

  [[nodiscard]] uint64_t events_in() const { return events_in_; }

 private:
  struct Entry {
    std::string body;
    ScapEvent event;  // into body
    const ScapEventInfo* info = nullptr;
    const Descriptor* descriptor = nullptr;
  };
  struct Who {
    uint32_t tid = 0;
    uint32_t pid = 0;
  };
  enum class Told : uint8_t { kByParent, kByChild };

  Result<void> start_section();
  Result<void> flush_snapshot(uint64_t time_ns);
  void add_state(const ScapBlock& block);
  Result<void> add_event(const ScapBlock& block);
  Result<void> on_entry(const ScapBlock& block, const ScapEvent& event,
                        const ScapEventInfo& info,
                        const Descriptor& descriptor);
  Result<void> on_return(const ScapEvent& event, const ScapEventInfo& info,
                         const Descriptor& descriptor);
  Result<void> on_kernel_event(const ScapEvent& event,
                               const ScapEventInfo& info,
                               const Descriptor& descriptor);
  Result<void> give_up(Entry& entry, uint64_t now_ns, bool is_half);
  Result<void> finish_call(const ScapEvent& event, Event& made);

  // Facts that a live capture tells in events of their own.
  Result<void> derive_fork(const ScapEvent& event, const Event& made);
  Result<void> tell_fork(const ScapEvent& event, Who creator, uint32_t child,
                         KnownThread known, uint64_t clone_flags);
  Result<void> derive_exec(const ScapEvent& event);
  void follow(const Event& made);

  const Descriptor* descriptor_of(const ScapEvent& event,
                                  const ScapEventInfo& info);
  Who who(const ScapEvent& event);
  void stamp(const ScapEvent& event, Event& made);
  Result<void> emit(const Event& made);
  void lose(LossReason reason, const std::string& where);

  ScapSink& sink_;
  ThreadTable threads_;
  SnapshotBuilder snapshot_;
  EventBuilder builder_;
  EventBuilder derived_;
  std::unordered_map<uint32_t, std::unique_ptr<Entry>> entries_;  // by tid
  std::unordered_map<uint32_t, Told> forks_;  // told by one side so far
  std::unordered_map<uint16_t, const Descriptor*> descriptors_;
  std::map<std::pair<LossReason, std::string>, uint64_t> losses_;
  std::optional<Abi> native_abi_;  // of the recording machine, once seen
  uint64_t events_in_ = 0;
  uint64_t last_ns_ = 0;
};

}  // namespace vestige
