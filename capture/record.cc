// SPDX-License-Identifier: Apache-2.0
#include "capture/record.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>

#include "capture/anchor.h"
#include "capture/capture.h"
#include "capture/clocks.h"
#include "capture/command.h"
#include "capture/container_finder.h"
#include "capture/host.h"
#include "capture/privileges.h"
#include "capture/selection.h"
#include "capture/status_line.h"

namespace vestige {
namespace {

volatile std::sig_atomic_t stop_requested = 0;
void request_stop(int) {
  stop_requested = 1;
}

void catch_stop_signals() {
  struct sigaction action = {};
  action.sa_handler = request_stop;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    sigaction(signal, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
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
  Result<TraceWriter> open_trace(const Selection& selection);
  Result<void> start();
  Result<void> record_until_over();
  Result<void> look_for_ends();
  void close_trace(uint16_t slot, EndReason reason);
  Result<void> finish();
  [[nodiscard]] EndReason reason_to_stop() const;
  void keep(Result<void> result) {
    if (!result && !first_error_) first_error_ = std::move(result).error();
  }

  const RecordPlan& plan_;
  std::unique_ptr<Capture> capture_;
  std::vector<Selection> selections_;  // until they are added
  std::optional<SigningKey> signing_key_;
  Anchors anchors_;
  std::optional<Command> command_;
  StatusLine status_;
  uint64_t start_ns_ = 0;
  std::optional<Error> first_error_;
};

Result<std::unique_ptr<Recording>> Recording::prepare(const RecordPlan& plan) {
  std::vector<Selection> selections;
  if (plan.command.empty()) {
    selections = TRY(select(plan.containers, plan.cgroups, plan.roots));
    if (selections.size() > BpfSession::slots_max())
      return Error{ErrorKind::kUsage,
                   fmt::format("{} containers are more than the {} that can "
                               "be recorded at once",
                               selections.size(), BpfSession::slots_max())};
  }
  // The kernel's refusal should come before anything is made.
  auto capture = TRY(Capture::open(
      {.session = plan.session, .checkpoint_ns = plan.checkpoint_ns}));
  if (!plan.command.empty())
    selections.push_back(TRY(select_command(plan.command)));
  if (auto assigned = assign_outputs(selections, plan.output); !assigned) {
    if (!plan.command.empty()) selections[0].cgroup.remove();
    return std::move(assigned).error();
  }
  std::unique_ptr<Recording> recording(new Recording(plan, std::move(capture)));
  recording->selections_ = std::move(selections);
  return recording;
}

Result<TraceWriter> Recording::open_trace(const Selection& selection) {
  TraceHeader header = describe_host(plan_.session, plan_.own_argv);
  header.selection = selection.words;
  header.container = selection.container;
  WriterOptions options;
  if (signing_key_) options.signing_key = &*signing_key_;
  if (!anchors_.empty())
    options.on_chunk = [this](const ChainHead& head) { anchors_.send(head); };
  return TraceWriter::create(selection.output, header, options);
}

Result<void> Recording::select_all() {
  if (!plan_.signing_key.empty())
    signing_key_ = TRY(SigningKey::load_or_create(plan_.signing_key));
  anchors_ = TRY(Anchors::open(plan_.anchors));
  for (Selection& selection : selections_) {
    auto writer = TRY(open_trace(selection));
    TRY(capture_->add(std::move(selection), std::move(writer)));
  }
  return {};
}

Result<void> Recording::start() {
  const std::string output = selections_[0].output;
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
  TRY(drop_privileges(plan_.checkpoint_ns > 0 ? LaterSnapshots::kSome
                                              : LaterSnapshots::kNone));
  status_.begin(capture_->open_slots().size(), output, bool(command_));
  return {};
}

EndReason Recording::reason_to_stop() const {
  if (stop_requested) return EndReason::kInterrupted;
  const uint64_t elapsed_ns = boot_ns() - start_ns_;
  if (plan_.duration && elapsed_ns >= uint64_t(plan_.duration->count()))
    return EndReason::kDuration;
  return EndReason::kUnknown;
}

void Recording::close_trace(uint16_t slot, EndReason reason) {
  const Recorder& recorder = capture_->recorder();
  TraceEnd end;
  end.reason = recorder.error(slot) ? EndReason::kError : reason;
  end.end = clock_pair();
  end.container = capture_->selection(slot).container;
  if (command_)
    end.detail = command_->end().value_or("the command is still running");
  if (recorder.error(slot)) {
    end.detail = recorder.error(slot)->message;
    keep(*recorder.error(slot));
  }
  auto closed = capture_->close(slot, std::move(end));
  status_.closed(recorder.writer(slot), recorder.ledger(slot));
  if (recorder.error(slot)) keep(*recorder.error(slot));
  keep(std::move(closed));
}

Result<void> Recording::look_for_ends() {
  for (const uint16_t slot : TRY(capture_->ended()))
    close_trace(
        slot, command_ ? EndReason::kCommandExited : EndReason::kContainerGone);
  for (const uint16_t slot : capture_->open_slots()) {
    const Recorder& recorder = capture_->recorder();
    if (recorder.error(slot))
      close_trace(slot, EndReason::kError);
    else if (plan_.max_bytes > 0 &&
             recorder.writer(slot).bytes() >= plan_.max_bytes)
      close_trace(slot, EndReason::kSizeLimit);
  }
  return {};
}

Result<void> Recording::record_until_over() {
  while (reason_to_stop() == EndReason::kUnknown &&
         !capture_->open_slots().empty()) {
    if (TRY(capture_->poll())) TRY(look_for_ends());
    status_.update(capture_->recorder());
  }
  return {};
}

Result<void> Recording::finish() {
  const EndReason reason = reason_to_stop();
  keep(capture_->stop());
  for (const uint16_t slot : capture_->open_slots()) close_trace(slot, reason);
  if (anchors_.error()) keep(*anchors_.error());
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
  auto recording = TRY(Recording::prepare(plan));
  return recording->run();
}

}  // namespace vestige
