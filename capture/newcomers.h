// SPDX-License-Identifier: Apache-2.0
//
// Cgroups that are made while recording goes on. Each is recorded into memory
// from its first task on, until somebody who knows what it is keeps or drops
// it: so containers are whole that are over before anybody could look.
//
//   given --mkdir--> undecided --keep--> kept --told--> resting --> given
//                              --drop-----------------------^
//
// What is kept is told when all that the kernel took under the seat has come
// in: what follows is taken under the container's slot.
//
// A seat is one of the session's slots for newcomers. What is kept goes on
// into the trace of the container's slot.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "capture/bpf_session.h"
#include "capture/record_stash.h"
#include "capture/recorder.h"
#include "capture/runtimes/runtime.h"

namespace vestige {

struct CgroupMade {
  uint64_t cgroup_id = 0;
  uint64_t made_ns = 0;  // CLOCK_BOOTTIME
  std::string path;      // below the cgroup v2 mount
  ProcessLine maker;     // mostly a runtime
  pid_t maker_parent = 0;
  bool is_recorded = false;  // false: no slot was left
};

class Newcomers {
 public:
  // Both must outlive this. `max_bytes`: of memory for what waits.
  Newcomers(BpfSession& session, Recorder& recorder, size_t max_bytes);

  // True: the record was about a newcomer and has been dealt with.
  bool take(std::span<const std::byte> record);
  // Those not told before, in their order.
  std::vector<CgroupMade> take_made() { return std::exchange(made_, {}); }
  // Some were not told. Look at all of them.
  bool take_overflow();

  // What was recorded of the cgroup of that path and those in it goes into the
  // trace of this slot, and so does what still comes. False: nothing was
  // recorded of it.
  bool keep(const std::string& path, uint16_t slot);
  // What was recorded of it was not wanted.
  void drop(uint64_t cgroup_id);
  // Nothing more is recorded of what was kept for the slot.
  void deselect(uint16_t slot);
  // The slot is closed.
  void release(uint16_t slot);
  // What the kernel counted for those that were kept for the slot.
  void add_counts(uint16_t slot, SlotCounts& to) const;
  // Gives slots back that nobody uses any more.
  void keep_up(uint64_t now_ns);

 private:
  enum class Stage : uint8_t { kGiven, kUndecided, kKept, kResting };
  struct Seat {
    Stage stage = Stage::kGiven;
    uint64_t cgroup_id = 0;
    std::string path;
    uint16_t slot = 0;  // kKept: of the container
    SlotCounts base;    // before it was given
    RecordStash stash;
    uint64_t received = 0;      // events
    uint64_t let_go = 0;        // of these, for want of memory
    uint64_t free_from_ns = 0;  // kResting; kKept: not before
  };
  [[nodiscard]] Seat* seat_of(uint16_t slot);
  [[nodiscard]] uint16_t slot_of(const Seat& seat) const;
  void give(Seat& seat);
  void rest(Seat& seat);
  [[nodiscard]] bool is_told(const Seat& seat) const;
  void read_announcement(std::span<const std::byte> record);
  void stash(Seat& seat, std::span<const std::byte> record);

  BpfSession& session_;
  Recorder& recorder_;
  std::map<uint16_t, SlotCounts> told_;  // of seats that rest, by slot
  size_t max_bytes_;
  std::vector<Seat> seats_;
  std::vector<CgroupMade> made_;
  std::array<Part, kMaxParts> parts_;
  size_t stashed_bytes_ = 0;
  uint64_t order_ = 0;
  uint64_t untold_ = 0;  // announcements lost
};

}  // namespace vestige
