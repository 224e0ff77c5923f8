// SPDX-License-Identifier: Apache-2.0
#include "capture/capture.h"

#include <algorithm>
#include <array>
#include <utility>

#include "capture/clocks.h"
#include "capture/decode_record.h"
#include "capture/record_stash.h"
#include "capture/snapshot.h"

namespace vestige {
namespace {

constexpr int kPollMs = 20;
constexpr uint64_t kKeepUpNs = 50'000'000;
constexpr uint64_t kAccountNs = 1'000'000'000;
// Snapshots of one container take at most one part in so many of the time.
constexpr uint64_t kCheckpointShare = 20;
// A program that found its slot before the slot was closed has long made its
// record by then.
constexpr uint64_t kSlotRestNs = 1'000'000'000;

}  // namespace

Result<std::unique_ptr<Capture>> Capture::open(const CaptureOptions& options) {
  // First, as loading takes memory that the ring does not need yet.
  std::optional<KernelProcesses> kernel_processes;
  if (auto opened = KernelProcesses::open())
    kernel_processes.emplace(std::move(*opened));
  return std::unique_ptr<Capture>(
      new Capture(options, std::move(kernel_processes),
                  TRY(BpfSession::open(options.session))));
}

Capture::Capture(const CaptureOptions& options,
                 std::optional<KernelProcesses> kernel_processes,
                 BpfSession session)
    : options_(options),
      kernel_processes_(std::move(kernel_processes)),
      session_(std::move(session)),
      targets_(BpfSession::slots_max()),
      free_from_ns_(BpfSession::slots_max()) {
  if (options.session.has_newcomers)
    newcomers_.emplace(session_, recorder_, options.memory.newcomer_bytes);
  recorder_.bound_memory(options.memory.chunk_bytes);
  sink_ = [this](std::span<const std::byte> bytes) {
    if (!newcomers_ || !newcomers_->take(bytes)) recorder_.record(bytes);
  };
}

std::optional<uint16_t> Capture::free_slot() const {
  const uint64_t now_ns = boot_ns();
  for (size_t slot = 0; slot < targets_.size(); ++slot)
    if (!targets_[slot] && free_from_ns_[slot] <= now_ns) return uint16_t(slot);
  return std::nullopt;
}

size_t Capture::room() const {
  const uint64_t now_ns = boot_ns();
  size_t room = 0;
  for (size_t slot = 0; slot < targets_.size(); ++slot)
    room += !targets_[slot] && free_from_ns_[slot] <= now_ns;
  return room;
}

Result<uint16_t> Capture::add(Selection selection, TraceWriter writer) {
  const auto slot = free_slot();
  if (!slot)
    return Error{ErrorKind::kSystem,
                 "as many containers are recorded as can be at once"};
  recorder_.open(*slot, std::move(writer), session_.counts(*slot));
  for (const LossReason unseen : session_.unseen())
    recorder_.add_loss(*slot, {.reason = unseen, .count = 1});
  targets_[*slot] = Target{.selection = std::move(selection)};
  const Cgroup& cgroup = targets_[*slot]->selection.cgroup;
  auto selected = session_.select(*slot, cgroup.fd());
  // What is gone needs no selecting: it was recorded as a newcomer.
  if (selected || cgroup.is_gone()) return *slot;
  targets_[*slot].reset();
  return std::move(selected).error();
}

// From select() on nothing more is recorded of the newcomer, and what was is
// older than all that waits in the ring under the slot.
void Capture::catch_up(uint16_t slot) {
  const Selection& selection = targets_[slot]->selection;
  const uint64_t made_ns = selection.made_ns;
  if (made_ns != 0)  // nothing was in it then
    recorder_.append(slot, Snapshot{.time_ns = made_ns, .end_ns = made_ns});
  const bool is_whole =
      newcomers_ && newcomers_->keep(selection.cgroup.path(), slot);
  if (made_ns != 0 && !is_whole)
    recorder_.add_loss(slot, {.reason = LossReason::kNotSelected,
                              .count = 1,
                              .from_ns = made_ns,
                              .to_ns = boot_ns()});
  if (!selection.cgroup.is_gone()) checkpoint(slot);
}

bool Capture::adopt(const std::string& path) {
  for (const uint16_t slot : open_slots())
    if (is_below(path, selection(slot).cgroup.path()))
      return newcomers_->keep(path, slot);
  return false;
}

SlotCounts Capture::counts(uint16_t slot) const {
  SlotCounts counts = session_.counts(slot);
  if (newcomers_) newcomers_->add_counts(slot, counts);
  return counts;
}

// Attached first, looked at second: nothing falls in between.
Result<void> Capture::attach() {
  TRY(session_.attach());
  is_attached_ = true;
  kept_up_ns_ = accounted_ns_ = boot_ns();
  return {};
}

void Capture::look_at_all() {
  for (const uint16_t slot : open_slots()) checkpoint(slot);
}

// Records that come in meanwhile wait, so that in the trace all that happened
// since the snapshot was begun is behind it.
void Capture::checkpoint(uint16_t slot) {
  Target& target = *targets_[slot];
  (void)session_.poll(0, sink_);
  RecordStash stash;
  const auto keep = [&stash](std::span<const std::byte> bytes) {
    stash.add(bytes);
  };
  const uint64_t begin_ns = boot_ns();
  std::vector<ProcessSource*> sources;
  if (kernel_processes_) sources.push_back(&*kernel_processes_);
  sources.push_back(&proc_processes_);
  // What there is no room for is left in the kernel's ring, which counts what
  // it cannot hold.
  const auto has_room = [&] {
    return stash.bytes() < options_.memory.stash_bytes;
  };
  auto taken = take_snapshot(target.selection.cgroup, sources, [&] {
    if (has_room()) session_.take(keep, has_room);
  });
  recorder_.append(slot, taken.snapshot);
  for (Loss& loss : taken.losses) recorder_.add_loss(slot, std::move(loss));
  stash.hand_over(sink_);
  const uint64_t end_ns = boot_ns();
  target.checkpoint_allowed_ns =
      end_ns + (end_ns - begin_ns) * kCheckpointShare;
  target.checkpoint_due_ns = options_.checkpoint_ns > 0
                                 ? std::max(end_ns + options_.checkpoint_ns,
                                            target.checkpoint_allowed_ns)
                                 : UINT64_MAX;
}

void Capture::ask_for_checkpoint(uint16_t slot) {
  Target& target = *targets_[slot];
  target.checkpoint_due_ns =
      std::min(target.checkpoint_due_ns, target.checkpoint_allowed_ns);
}

void Capture::account(uint16_t slot) {
  recorder_.account(slot, counts(slot), boot_ns());
}

Result<bool> Capture::poll() {
  TRY(session_.poll(kPollMs, sink_));
  const uint64_t now_ns = boot_ns();
  if (now_ns - kept_up_ns_ < kKeepUpNs) return false;
  keep_up(now_ns);
  return true;
}

void Capture::keep_up(uint64_t now_ns) {
  kept_up_ns_ = now_ns;
  const bool is_accounting = now_ns - accounted_ns_ >= kAccountNs;
  if (is_accounting) accounted_ns_ = now_ns;
  std::optional<uint16_t> due;  // one a round: the ring must not fill up
  for (const uint16_t slot : open_slots()) {
    Target& target = *targets_[slot];
    target.was_populated |= target.selection.cgroup.is_populated();
    if (is_accounting) account(slot);
    if (target.checkpoint_due_ns <= now_ns &&
        (!due || target.checkpoint_due_ns < targets_[*due]->checkpoint_due_ns))
      due = slot;
  }
  if (due) checkpoint(*due);
  if (newcomers_) newcomers_->keep_up(now_ns);
  recorder_.flush_if_due(now_ns);
}

Result<std::vector<uint16_t>> Capture::ended() {
  std::vector<uint16_t> out;
  for (const uint16_t slot : open_slots()) {
    const Target& target = *targets_[slot];
    const Cgroup& cgroup = target.selection.cgroup;
    // It may have been so short that only its records tell.
    const bool was_populated =
        target.was_populated || recorder_.ledger(slot).written > 0;
    if (!cgroup.is_populated() && (was_populated || cgroup.is_gone()))
      out.push_back(slot);
  }
  TRY(silence(out));
  return out;
}

Result<void> Capture::silence(std::span<const uint16_t> slots) {
  Result<void> deselected;
  std::vector<uint16_t> loud;
  for (const uint16_t slot : slots) {
    if (targets_[slot]->is_silent) continue;
    loud.push_back(slot);
    if (auto done = session_.deselect(slot); !done) deselected = done;
    if (newcomers_) newcomers_->deselect(slot);
  }
  if (!loud.empty()) receive_rest(loud);
  return deselected;
}

// A program that runs right now may have found the slot before it was taken
// away, so what there is to receive is known only after that.
void Capture::receive_rest(std::span<const uint16_t> slots) {
  BpfSession::settle();
  session_.drain(sink_);
  for (const uint16_t slot : slots) {
    targets_[slot]->is_silent = true;
    append_in_flight(slot);
  }
}

Result<void> Capture::rotate(uint16_t slot, TraceEnd end,
                             const Recorder::Next& next) {
  account(slot);
  TRY(recorder_.rotate(slot, std::move(end), next));
  checkpoint(slot);
  return {};
}

Result<void> Capture::close(uint16_t slot, TraceEnd end) {
  auto silenced = silence(std::span(&slot, 1));
  account(slot);
  auto closed = recorder_.close(slot, std::move(end));
  targets_[slot].reset();
  if (newcomers_) newcomers_->release(slot);
  free_from_ns_[slot] = boot_ns() + kSlotRestNs;
  if (!closed) return closed;
  return silenced;
}

void Capture::flush(uint16_t slot) {
  account(slot);
  recorder_.flush(slot);
}

// A call that sleeps since before the end has no record yet, and a request has
// none before it is complete.
void Capture::append_in_flight(uint16_t slot) {
  std::array<Part, kMaxParts> parts;
  session_.take_requests_in_flight(slot, [&](std::span<const std::byte> bytes) {
    auto request = decode_record(bytes, parts);
    if (!request) return;
    Event& event = request->event;
    event.flags |= kHasEnter | kInFlight;
    const uint64_t now_ns = boot_ns();
    event.duration_ns = now_ns - event.time_ns;
    event.time_ns = now_ns;
    recorder_.append(slot, event);
  });
  if (!options_.session.has_enter) return;
  const Cgroup& cgroup = targets_[slot]->selection.cgroup;
  for (const pid_t pid : cgroup.processes())
    for (const Event& call : session_.calls_in_flight(pid, cgroup.id()))
      recorder_.append(slot, call);
}

void Capture::stop() {
  session_.detach();
  is_attached_ = false;
  std::vector<uint16_t> loud = open_slots();
  std::erase_if(loud,
                [this](uint16_t one) { return targets_[one]->is_silent; });
  receive_rest(loud);
}

std::vector<uint16_t> Capture::open_slots() const {
  std::vector<uint16_t> out;
  for (size_t slot = 0; slot < targets_.size(); ++slot)
    if (targets_[slot]) out.push_back(uint16_t(slot));
  return out;
}

const Selection& Capture::selection(uint16_t slot) const {
  return targets_[slot]->selection;
}

Selection& Capture::selection(uint16_t slot) {
  return targets_[slot]->selection;
}

}  // namespace vestige
