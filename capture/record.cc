// SPDX-License-Identifier: Apache-2.0
#include "capture/record.h"

#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "capture/anchor.h"
#include "capture/capture.h"
#include "capture/clocks.h"
#include "capture/command.h"
#include "capture/container_finder.h"
#include "capture/discovery.h"
#include "capture/disk.h"
#include "capture/host.h"
#include "capture/privileges.h"
#include "capture/seccomp.h"
#include "capture/selection.h"
#include "capture/status_line.h"
#include "capture/stop_signals.h"
#include "format/escape.h"

namespace vestige {
namespace {

constexpr uint64_t kUsualMemory = 256 << 20;

Result<MemoryPlan> divide_memory(const RecordPlan& plan) {
  const auto payload = plan.session.payload.has_whole_calls()
                           ? MemoryPlan::Payload::kWhole
                           : MemoryPlan::Payload::kShort;
  // Usual is what suffices.
  const uint64_t usual =
      std::max(kUsualMemory, MemoryPlan::least_bytes(plan.ring_bytes, payload));
  return MemoryPlan::divide(plan.memory_bytes > 0 ? plan.memory_bytes : usual,
                            plan.ring_bytes, payload);
}

// What is given back goes back to the machine: the C library would keep large
// blocks for later once it has seen some.
void give_memory_back() {
  constexpr int kBlockBytes = 128 * 1024;
  mallopt(M_MMAP_THRESHOLD, kBlockBytes);
  mallopt(M_TRIM_THRESHOLD, kBlockBytes);
}

// Everything of one run. Members are in the order of their birth.
class Recording {
 public:
  static Result<std::unique_ptr<Recording>> prepare(const RecordPlan& plan);
  Result<void> run();

 private:
  Recording(const RecordPlan& plan, std::unique_ptr<Capture> capture)
      : plan_(plan), capture_(std::move(capture)) {}

  Result<void> select_all();
  void add_found();
  void add(Selection selection);
  Result<TraceWriter> open_trace(const Selection& selection,
                                 const std::string& path,
                                 const Predecessor& previous = {});
  Result<uint16_t> add_to_capture(Selection selection);
  [[nodiscard]] bool is_rotation_due(uint16_t slot) const;
  void rotate(uint16_t slot);
  Result<void> start();
  Result<void> record_until_over();
  Result<void> look_for_ends();
  void tell_of_anchors();
  void close_trace(uint16_t slot, EndReason reason);
  Result<void> finish();
  [[nodiscard]] EndReason reason_to_stop() const;
  void keep(Result<void> result) {
    if (!result && !first_error_) first_error_ = std::move(result).error();
  }

  const RecordPlan& plan_;
  std::unique_ptr<Capture> capture_;
  std::vector<Selection> selections_;  // until they are added
  std::optional<Discovery> discovery_;
  // Half of what there is for indexes: they are copied to be written.
  std::shared_ptr<IndexRoom> index_room_ = std::make_shared<IndexRoom>();
  uint32_t text_bytes_ = 0;  // of a chunk
  std::set<std::string> outputs_;
  std::map<uint16_t, Series> series_;  // by slot, when files are rotated
  std::optional<SigningKey> signing_key_;
  std::vector<Recipient> recipients_;
  Anchors anchors_;
  std::optional<Command> command_;
  StatusLine status_;
  uint64_t start_ns_ = 0;
  std::optional<Error> first_error_;
};

Result<std::unique_ptr<Recording>> Recording::prepare(const RecordPlan& plan) {
  std::vector<Selection> selections;
  if (plan.command.empty()) {
    selections = TRY(select(plan.wanted.names, plan.pointed, plan.roots));
    if (selections.size() > BpfSession::slots_max())
      return Error{ErrorKind::kUsage,
                   fmt::format("{} containers are more than the {} that can "
                               "be recorded at once",
                               selections.size(), BpfSession::slots_max())};
    std::erase_if(selections, [&plan](const Selection& one) {
      return plan.wanted.is_excluded(one.container);
    });
  }
  SessionOptions session = plan.session;
  // What it writes would be more to write, and so on.
  if (contains_agent(selections)) session.skipped_pid = uint32_t(getpid());
  session.has_newcomers = plan.wanted.has_kinds();
  const MemoryPlan memory = TRY(divide_memory(plan));
  session.ring_bytes = memory.ring_bytes;
  // The kernel's refusal should come before anything is made.
  auto capture = TRY(Capture::open({.session = session,
                                    .checkpoint_ns = plan.checkpoint_ns,
                                    .memory = memory}));
  if (!plan.command.empty())
    selections.push_back(TRY(select_command(plan.command)));
  if (auto assigned =
          assign_outputs(selections, plan.output, plan.wanted.has_kinds());
      !assigned) {
    if (!plan.command.empty()) selections[0].cgroup.remove();
    return std::move(assigned).error();
  }
  std::unique_ptr<Recording> recording(new Recording(plan, std::move(capture)));
  recording->index_room_->left_bytes = memory.index_bytes / 2;
  recording->text_bytes_ = memory.text_bytes;
  if (plan.wanted.has_kinds())
    recording->discovery_.emplace(
        TRY(Discovery::open(plan.wanted, plan.roots, *recording->capture_)));
  recording->selections_ = std::move(selections);
  return recording;
}

Result<TraceWriter> Recording::open_trace(const Selection& selection,
                                          const std::string& path,
                                          const Predecessor& previous) {
  TraceHeader header = describe_host(plan_.session, plan_.own_argv);
  header.selection = selection.words;
  header.container = selection.container;
  header.previous = previous;
  if (previous.number == 0 && selection.made_ns != 0)
    header.start = clock_pair_at(selection.made_ns);
  WriterOptions options;
  options.recipients = recipients_;
  options.flush_ns = plan_.flush_ns;
  options.reserve_bytes = plan_.reserve_bytes;
  options.index_room = index_room_;
  options.chunk_bytes = text_bytes_;
  if (signing_key_) options.signing_key = &*signing_key_;
  if (!anchors_.empty())
    options.on_chunk = [this](const ChainHead& head) { anchors_.send(head); };
  return TraceWriter::create(path, header, options);
}

Result<uint16_t> Recording::add_to_capture(Selection selection) {
  Series series(selection.output, boot_ns());
  auto writer = TRY(open_trace(
      selection, plan_.rotation.is_on() ? series.path() : selection.output));
  const uint16_t slot =
      TRY(capture_->add(std::move(selection), std::move(writer)));
  if (plan_.rotation.is_on()) series_.insert_or_assign(slot, std::move(series));
  return slot;
}

bool Recording::is_rotation_due(uint16_t slot) const {
  const auto series = series_.find(slot);
  return series != series_.end() &&
         plan_.rotation.is_due(capture_->recorder().writer(slot).bytes(),
                               boot_ns() - series->second.begun_ns());
}

void Recording::rotate(uint16_t slot) {
  const Selection& selection = capture_->selection(slot);
  const auto next = [&](const ChainHead& sealed) {
    Series& series = series_.at(slot);
    const uint64_t bytes = capture_->recorder().writer(slot).bytes();
    const Predecessor previous = series.advance(sealed, bytes, boot_ns());
    return open_trace(selection, series.path(), previous);
  };
  // What goes wrong stays with the slot, which look_for_ends() closes then.
  (void)capture_->rotate(slot,
                         {.reason = EndReason::kRotated,
                          .end = clock_pair(),
                          .container = selection.container},
                         next);
}

Result<void> Recording::select_all() {
  if (!plan_.signing_key.empty())
    signing_key_ = TRY(SigningKey::load_or_create(plan_.signing_key));
  for (const std::string& path : plan_.recipients)
    recipients_.push_back(TRY(load_recipient(path)));
  anchors_ = TRY(Anchors::open(plan_.anchors));
  for (Selection& selection : std::exchange(selections_, {})) {
    outputs_.insert(selection.output);
    TRY(add_to_capture(std::move(selection)));
  }
  return {};
}

// One that cannot be recorded does not keep the others from being it.
void Recording::add(Selection selection) {
  const std::string name = selection.container.name;
  const auto refuse = [&](Error error) {
    status_.clear();
    fmt::print(stderr, "vestige-capture: {} is not recorded: {}\n",
               escaped(name), error.message);
    keep(std::move(error));
  };
  if (capture_->room() == 0)
    return refuse({ErrorKind::kSystem,
                   fmt::format("{} containers are recorded at once, not more",
                               BpfSession::slots_max())});
  selection.output = free_output(selection.container, plan_.output, outputs_);
  outputs_.insert(selection.output);
  auto slot = add_to_capture(std::move(selection));
  if (!slot) return refuse(std::move(slot).error());
  capture_->catch_up(*slot);
}

void Recording::add_found() {
  if (!discovery_) return;
  for (const std::string& path : discovery_->take_missed()) {
    status_.clear();
    fmt::print(stderr, "vestige-capture: {} came and went unseen\n",
               escaped(path));
  }
  for (Selection& found : discovery_->take_found()) {
    const bool is_known =
        std::ranges::any_of(capture_->open_slots(), [&](uint16_t slot) {
          return capture_->selection(slot).cgroup.id() == found.cgroup.id();
        });
    if (!is_known) add(std::move(found));
  }
}

Result<void> Recording::start() {
  const std::string output =
      selections_.empty() ? plan_.output : selections_[0].output;
  TRY(select_all());
  if (!plan_.command.empty()) {
    command_ = TRY(Command::prepare(plan_.command));
    TRY(capture_->selection(0).cgroup.move_here(command_->pid()));
  }
  TRY(capture_->attach());
  start_ns_ = boot_ns();
  capture_->look_at_all();
  for (const uint16_t slot : capture_->open_slots())
    if (capture_->selection(slot).container.runtime == "none" && !command_)
      capture_->recorder().add_loss(
          slot, {.reason = LossReason::kIdentityUnknown, .count = 1});
  if (command_) TRY(command_->release());
  add_found();
  const bool is_looking = plan_.checkpoint_ns > 0 || plan_.rotation.is_on();
  TRY(drop_privileges(is_looking ? LaterSnapshots::kSome
                                 : LaterSnapshots::kNone));
  TRY(forbid_what_is_not_needed(anchors_.need_network() ? Reach::kOtherMachines
                                                        : Reach::kThisMachine));
  status_.begin(capture_->open_slots().size(), output, bool(command_));
  return {};
}

EndReason Recording::reason_to_stop() const {
  if (is_stop_requested()) return EndReason::kInterrupted;
  const uint64_t elapsed_ns = boot_ns() - start_ns_;
  if (plan_.duration && elapsed_ns >= uint64_t(plan_.duration->count()))
    return EndReason::kDuration;
  return EndReason::kUnknown;
}

void Recording::close_trace(uint16_t slot, EndReason reason) {
  const Recorder& recorder = capture_->recorder();
  keep(capture_->silence(std::span(&slot, 1)));
  TraceEnd end;
  const bool is_disk_full = reason == EndReason::kDiskReserve;
  end.reason =
      recorder.error(slot) && !is_disk_full ? EndReason::kError : reason;
  end.end = clock_pair();
  const Selection& selection = capture_->selection(slot);
  end.container = know_better(selection.container, selection.cgroup.processes(),
                              plan_.roots);
  if (command_)
    end.detail = command_->end().value_or("the command is still running");
  if (is_disk_full)
    keep(Error{ErrorKind::kSystem,
               fmt::format("{}: ended early and complete: the rest of the disk "
                           "is kept free (--reserve)",
                           recorder.writer(slot).path())});
  if (recorder.error(slot)) {
    end.detail = recorder.error(slot)->message;
    keep(*recorder.error(slot));
  }
  auto closed = capture_->close(slot, std::move(end));
  const bool went_well = closed && !recorder.error(slot) && !is_disk_full;
  if (recorder.error(slot)) keep(*recorder.error(slot));
  keep(std::move(closed));
  // What went wrong is the line to read; the trace's end record has the rest.
  if (!went_well) return;
  const TraceWriter& last = recorder.writer(slot);
  const auto series = series_.find(slot);
  if (series == series_.end())
    status_.closed(last.path(), last.bytes(), recorder.ledger(slot));
  else
    status_.closed(series->second.files(),
                   series->second.bytes_before() + last.bytes(),
                   recorder.ledger(slot));
}

Result<void> Recording::look_for_ends() {
  for (const uint16_t slot : TRY(capture_->ended()))
    close_trace(
        slot, command_ ? EndReason::kCommandExited : EndReason::kContainerGone);
  for (const uint16_t slot : capture_->open_slots()) {
    const Recorder& recorder = capture_->recorder();
    const TraceWriter& writer = recorder.writer(slot);
    if (writer.is_at_reserve() ||
        free_bytes_at(writer.path()) < plan_.reserve_bytes)
      close_trace(slot, EndReason::kDiskReserve);
    else if (recorder.error(slot))
      close_trace(slot, EndReason::kError);
    else if (plan_.max_bytes > 0 && writer.bytes() >= plan_.max_bytes)
      close_trace(slot, EndReason::kSizeLimit);
    else if (is_rotation_due(slot))
      rotate(slot);
  }
  return {};
}

// At once: they are sent for the case that this machine cannot be trusted
// later. How many are missing is told at the end.
void Recording::tell_of_anchors() {
  for (const std::string& problem : anchors_.take_problems()) {
    status_.clear();
    fmt::print(stderr, "vestige-capture: {}\n", problem);
  }
}

Result<void> Recording::record_until_over() {
  while (reason_to_stop() == EndReason::kUnknown &&
         (discovery_ || !capture_->open_slots().empty())) {
    if (TRY(capture_->poll())) {
      TRY(look_for_ends());
      add_found();
      tell_of_anchors();
    }
    status_.update(capture_->recorder());
  }
  return {};
}

Result<void> Recording::finish() {
  const EndReason reason = reason_to_stop();
  capture_->stop();
  for (const uint16_t slot : capture_->open_slots()) close_trace(slot, reason);
  keep(anchors_.finish());
  status_.clear();
  if (first_error_) return *first_error_;
  return {};
}

Result<void> Recording::run() {
  std::optional<Cgroup> own;  // made for the command
  if (!plan_.command.empty())
    own = TRY(Cgroup::open(selections_[0].cgroup.path()));
  Result<void> outcome = start();
  if (outcome) outcome = record_until_over();
  if (outcome) outcome = finish();
  if (own) own->remove();
  return outcome;
}

}  // namespace

Result<void> record(const RecordPlan& plan) {
  catch_stop_signals();
  give_memory_back();
  auto recording = TRY(Recording::prepare(plan));
  return recording->run();
}

}  // namespace vestige
