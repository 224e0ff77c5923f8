// SPDX-License-Identifier: Apache-2.0
#include "capture/newcomers.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "bpf/raw_record.h"
#include "capture/cgroup.h"
#include "capture/clocks.h"
#include "capture/decode_record.h"
#include "capture/proc_file.h"
#include "format/parts.h"

namespace vestige {
namespace {

// A program that found the slot before it was taken away has long made its
// record by then.
constexpr uint64_t kRestNs = 1'000'000'000;
// Raw records wait uncompressed, usually for less than 100 ms. One cgroup can
// take so much of the memory for all.
constexpr size_t kShareOfSeat = 4;
constexpr size_t kMaxMade = 4096;

raw_record head_of(std::span<const std::byte> record) {
  raw_record head = {};
  std::memcpy(&head, record.data(), std::min(sizeof head, record.size()));
  return head;
}

std::string text_of(const Event& event, uint8_t arg, PartKind kind) {
  const Part* part = event.part(arg, kind);
  return part ? std::string(part->data) : "";
}

}  // namespace

Newcomers::Newcomers(BpfSession& session, Recorder& recorder, size_t max_bytes)
    : session_(session),
      recorder_(recorder),
      max_bytes_(max_bytes),
      seats_(BpfSession::journal_slot() - BpfSession::slots_max()) {
  for (Seat& seat : seats_) give(seat);
}

Newcomers::Seat* Newcomers::seat_of(uint16_t slot) {
  const uint16_t first = BpfSession::slots_max();
  if (slot < first || slot - first >= int(seats_.size())) return nullptr;
  return &seats_[slot - first];
}

uint16_t Newcomers::slot_of(const Seat& seat) const {
  return uint16_t(BpfSession::slots_max() + (&seat - seats_.data()));
}

void Newcomers::give(Seat& seat) {
  const uint16_t slot = slot_of(seat);
  seat = {};
  seat.base = session_.counts(slot);
  session_.give_slot(slot);
}

void Newcomers::rest(Seat& seat) {
  stashed_bytes_ -= seat.stash.bytes();
  session_.forget_newcomer(seat.cgroup_id);
  seat = {};
  seat.stage = Stage::kResting;
  seat.free_from_ns = boot_ns() + kRestNs;
}

bool Newcomers::take(std::span<const std::byte> record) {
  const uint16_t slot = head_of(record).slot;
  if (slot < BpfSession::slots_max()) return false;
  if (slot == BpfSession::journal_slot()) {
    read_announcement(record);
    return true;
  }
  Seat* seat = seat_of(slot);
  if (!seat) return false;
  seat->received += head_of(record).abi != RAW_PIECE;
  if (seat->stage == Stage::kKept)
    recorder_.record(record, seat->slot);
  else if (seat->stage == Stage::kUndecided)
    stash(*seat, record);
  return true;
}

void Newcomers::stash(Seat& seat, std::span<const std::byte> record) {
  const bool is_event = head_of(record).abi != RAW_PIECE;
  if (stashed_bytes_ > max_bytes_ ||
      seat.stash.bytes() > max_bytes_ / kShareOfSeat) {
    seat.let_go += is_event;
    return;
  }
  const size_t before = seat.stash.bytes();
  seat.stash.add(record, order_++);
  stashed_bytes_ += seat.stash.bytes() - before;
}

void Newcomers::read_announcement(std::span<const std::byte> record) {
  const auto decoded = decode_record(record, parts_);
  if (!decoded) return;
  const Event& event = decoded->event;
  CgroupMade made;
  made.cgroup_id = event.args[0];
  made.made_ns = event.time_ns;
  made.path = text_of(event, kReturnArg, PartKind::kString);
  made.maker.pid = pid_t(event.pid);
  for (const std::string& argv = text_of(event, kTaskArg, PartKind::kArgv);
       std::string_view arg : split(argv, '\0'))
    made.maker.argv.emplace_back(arg);
  made.maker.cwd = text_of(event, kTaskArg, PartKind::kCwd);
  if (const Part* task = event.part(kTaskArg, PartKind::kTask))
    made.maker_parent = pid_t(read_part<TaskPart>(*task).parent_pid);
  if (Seat* seat = seat_of(uint16_t(event.args[1]))) {
    made.is_recorded = true;
    seat->stage = Stage::kUndecided;
    seat->cgroup_id = made.cgroup_id;
    seat->path = made.path;
  }
  if (made_.size() < kMaxMade)
    made_.push_back(std::move(made));
  else
    drop(made.cgroup_id);
}

// Where nobody was told, nobody will decide.
bool Newcomers::take_overflow() {
  const uint64_t lost = session_.counts(BpfSession::journal_slot()).ring_full;
  if (std::exchange(untold_, lost) == lost) return false;
  for (const auto& [cgroup_id, slot] : session_.newcomers()) {
    Seat* seat = seat_of(slot);
    if (!seat || seat->stage != Stage::kGiven) continue;
    seat->cgroup_id = cgroup_id;
    rest(*seat);
  }
  return true;
}

// The kernel has long begun to record it under the container's slot; see
// Capture::add.
bool Newcomers::keep(const std::string& path, uint16_t slot) {
  std::vector<Seat*> kept;
  uint64_t let_go = 0;
  for (Seat& seat : seats_) {
    if (seat.stage != Stage::kUndecided || !is_below(seat.path, path)) continue;
    seat.stage = Stage::kKept;
    seat.slot = slot;
    seat.free_from_ns = boot_ns() + kRestNs;
    let_go += seat.let_go;
    stashed_bytes_ -= seat.stash.bytes();
    kept.push_back(&seat);
  }
  const auto order_of = [](const Seat* seat) {
    return seat->stash.first_order();
  };
  while (!kept.empty()) {
    RecordStash& next = (*std::ranges::min_element(kept, {}, order_of))->stash;
    if (next.is_empty()) break;  // so are all
    next.pop([&](std::span<const std::byte> record) {
      recorder_.record(record, slot);
    });
  }
  if (let_go > 0)
    recorder_.evict(slot, {.reason = LossReason::kEvicted,
                           .count = let_go,
                           .where = "before it was known what it was"});
  return !kept.empty();
}

void Newcomers::drop(uint64_t cgroup_id) {
  for (Seat& seat : seats_) {
    if (seat.stage != Stage::kUndecided || seat.cgroup_id != cgroup_id)
      continue;
    return rest(seat);
  }
}

void Newcomers::deselect(uint16_t slot) {
  for (const Seat& seat : seats_)
    if (seat.stage == Stage::kKept && seat.slot == slot)
      session_.forget_newcomer(seat.cgroup_id);
}

void Newcomers::release(uint16_t slot) {
  for (Seat& seat : seats_)
    if (seat.stage == Stage::kKept && seat.slot == slot) rest(seat);
  told_.erase(slot);
}

bool Newcomers::is_told(const Seat& seat) const {
  const SlotCounts counts = session_.counts(slot_of(seat)).since(seat.base);
  return seat.received + counts.ring_full == counts.wanted;
}

void Newcomers::add_counts(uint16_t slot, SlotCounts& to) const {
  for (const Seat& seat : seats_)
    if (seat.stage == Stage::kKept && seat.slot == slot)
      to.add(session_.counts(slot_of(seat)).since(seat.base));
  if (const auto told = told_.find(slot); told != told_.end())
    to.add(told->second);
}

void Newcomers::keep_up(uint64_t now_ns) {
  for (Seat& seat : seats_) {
    if (seat.free_from_ns > now_ns) continue;
    if (seat.stage == Stage::kResting) give(seat);
    if (seat.stage != Stage::kKept || !is_told(seat)) continue;
    // A container that makes cgroups all its life must not take every seat.
    const SlotCounts counts = session_.counts(slot_of(seat)).since(seat.base);
    if (const auto [at, is_first] = told_.try_emplace(seat.slot, counts);
        !is_first)
      at->second.add(counts);
    rest(seat);
  }
}

}  // namespace vestige
