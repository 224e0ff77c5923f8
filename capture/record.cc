// SPDX-License-Identifier: Apache-2.0
#include "capture/record.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>

#include "capture/anchor.h"
#include "capture/clocks.h"
#include "capture/command.h"
#include "capture/container_finder.h"
#include "capture/host.h"
#include "capture/privileges.h"
#include "capture/recorder.h"
#include "capture/selection.h"
#include "capture/snapshot.h"
#include "capture/status_line.h"

namespace vestige {
namespace {

constexpr int kPollMs = 20;
constexpr uint64_t kHousekeepingNs = 50'000'000;
constexpr uint64_t kAccountNs = 1'000'000'000;

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
  static Result<Recording> prepare(const RecordPlan& plan);
  Result<void> run();

 private:
  Recording(const RecordPlan& plan, std::vector<Selection> selections,
            BpfSession session)
      : plan_(plan),
        selections_(std::move(selections)),
        session_(std::move(session)) {}

  Result<void> open_traces();
  Result<void> start();
  Result<void> drain_until_over();
  void housekeeping();
  void append_in_flight(uint16_t slot);
  void close_trace(uint16_t slot, EndReason reason);
  Result<void> finish();
  [[nodiscard]] bool is_over() const;
  [[nodiscard]] EndReason reason_to_stop() const;
  [[nodiscard]] bool has_open_trace() const;
  void account(uint16_t slot) {
    recorder_.account(slot, session_.counts(slot), boot_ns());
  }

  const RecordPlan& plan_;
  std::vector<Selection> selections_;
  BpfSession session_;
  BpfSession::Sink sink_;
  std::optional<SigningKey> signing_key_;
  Anchors anchors_;
  Recorder recorder_;
  std::optional<Command> command_;
  StatusLine status_;
  uint64_t start_ns_ = 0;
  uint64_t housekept_ns_ = 0;
  uint64_t accounted_ns_ = 0;
  std::optional<Error> first_error_;
};

Result<Recording> Recording::prepare(const RecordPlan& plan) {
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
  BpfSession session = TRY(BpfSession::open(plan.session));
  if (!plan.command.empty())
    selections.push_back(TRY(select_command(plan.command)));
  Recording recording(plan, std::move(selections), std::move(session));
  if (auto assigned = assign_outputs(recording.selections_, plan.output);
      !assigned) {
    if (!plan.command.empty()) recording.selections_[0].cgroup.remove();
    return std::move(assigned).error();
  }
  return recording;
}

Result<void> Recording::open_traces() {
  if (!plan_.signing_key.empty())
    signing_key_ = TRY(SigningKey::load_or_create(plan_.signing_key));
  anchors_ = TRY(Anchors::open(plan_.anchors));
  for (const Selection& selection : selections_) {
    TraceHeader header = describe_host(plan_.session, plan_.own_argv);
    header.selection = selection.words;
    header.container = selection.container;
    WriterOptions options;
    if (signing_key_) options.signing_key = &*signing_key_;
    if (!anchors_.empty())
      options.on_chunk = [this](const ChainHead& head) { anchors_.send(head); };
    recorder_.add(TRY(TraceWriter::create(selection.output, header, options)));
  }
  return {};
}

// Attached first, looked at second: nothing falls in between.
Result<void> Recording::start() {
  TRY(open_traces());
  for (uint16_t slot = 0; slot < selections_.size(); ++slot)
    TRY(session_.select(slot, selections_[slot].cgroup.fd()));
  if (!plan_.command.empty()) {
    command_ = TRY(Command::prepare(plan_.command));
    TRY(selections_[0].cgroup.move_here(command_->pid()));
  }
  TRY(session_.attach());
  start_ns_ = accounted_ns_ = boot_ns();
  for (uint16_t slot = 0; slot < selections_.size(); ++slot) {
    auto taken = take_snapshot(selections_[slot].cgroup.processes());
    recorder_.append(slot, taken.snapshot);
    for (Loss& loss : taken.losses) recorder_.add_loss(slot, std::move(loss));
    if (selections_[slot].container.runtime == "none" && !command_)
      recorder_.add_loss(slot,
                         {.reason = LossReason::kIdentityUnknown, .count = 1});
  }
  if (command_) TRY(command_->release());
  TRY(drop_privileges());
  status_.begin(selections_.size(), selections_[0].output, bool(command_));
  return {};
}

EndReason Recording::reason_to_stop() const {
  if (stop_requested) return EndReason::kInterrupted;
  const uint64_t elapsed_ns = boot_ns() - start_ns_;
  if (plan_.duration && elapsed_ns >= uint64_t(plan_.duration->count()))
    return EndReason::kDuration;
  return EndReason::kUnknown;
}

bool Recording::has_open_trace() const {
  for (uint16_t slot = 0; slot < recorder_.slots(); ++slot)
    if (recorder_.is_open(slot)) return true;
  return false;
}

bool Recording::is_over() const {
  return reason_to_stop() != EndReason::kUnknown || !has_open_trace();
}

void Recording::close_trace(uint16_t slot, EndReason reason) {
  account(slot);
  TraceEnd end;
  end.reason = recorder_.error(slot) ? EndReason::kError : reason;
  end.end = clock_pair();
  end.container = selections_[slot].container;
  if (command_)
    end.detail = command_->end().value_or("the command is still running");
  if (recorder_.error(slot)) end.detail = recorder_.error(slot)->message;
  auto closed = recorder_.close(slot, std::move(end));
  if (recorder_.error(slot) && !first_error_)
    first_error_ = *recorder_.error(slot);
  if (!closed && !first_error_) first_error_ = std::move(closed).error();
}

// A container's last record is in the ring before its cgroup is empty, so a
// drain after the check gets all of it.
void Recording::housekeeping() {
  std::vector<uint16_t> gone, failed, full;
  for (uint16_t slot = 0; slot < recorder_.slots(); ++slot) {
    if (!recorder_.is_open(slot)) continue;
    if (recorder_.error(slot))
      failed.push_back(slot);
    else if (!selections_[slot].cgroup.is_populated())
      gone.push_back(slot);
    else if (plan_.max_bytes > 0 &&
             recorder_.writer(slot).bytes() >= plan_.max_bytes)
      full.push_back(slot);
  }
  if (!gone.empty())
    if (auto drained = session_.drain(sink_); !drained && !first_error_)
      first_error_ = std::move(drained).error();
  for (const uint16_t slot : gone)
    close_trace(
        slot, command_ ? EndReason::kCommandExited : EndReason::kContainerGone);
  for (const uint16_t slot : failed) close_trace(slot, EndReason::kError);
  for (const uint16_t slot : full) close_trace(slot, EndReason::kSizeLimit);
  recorder_.flush_if_due(boot_ns());
}

// A call that sleeps since before the end has no record yet.
void Recording::append_in_flight(uint16_t slot) {
  if (!plan_.session.has_enter) return;
  for (const pid_t pid : selections_[slot].cgroup.processes())
    for (const Event& call :
         session_.calls_in_flight(pid, selections_[slot].cgroup.id()))
      recorder_.append(slot, call);
}

Result<void> Recording::drain_until_over() {
  while (!is_over()) {
    TRY(session_.poll(kPollMs, sink_));
    const uint64_t now_ns = boot_ns();
    if (now_ns - housekept_ns_ >= kHousekeepingNs) {
      housekept_ns_ = now_ns;
      housekeeping();
    }
    if (now_ns - accounted_ns_ >= kAccountNs) {
      accounted_ns_ = now_ns;
      for (uint16_t slot = 0; slot < recorder_.slots(); ++slot)
        if (recorder_.is_open(slot)) account(slot);
    }
    status_.update(recorder_);
  }
  return {};
}

Result<void> Recording::finish() {
  const EndReason reason = reason_to_stop();
  session_.detach();
  if (auto drained = session_.drain(sink_); !drained && !first_error_)
    first_error_ = std::move(drained).error();
  for (uint16_t slot = 0; slot < recorder_.slots(); ++slot) {
    if (!recorder_.is_open(slot)) continue;
    append_in_flight(slot);
    close_trace(slot, reason);
  }
  if (anchors_.error() && !first_error_) first_error_ = anchors_.error();
  if (first_error_) {
    status_.clear();
    return *first_error_;
  }
  status_.end(recorder_);
  return {};
}

Result<void> Recording::run() {
  sink_ = [this](std::span<const std::byte> bytes) { recorder_.record(bytes); };
  Result<void> outcome = start();
  if (outcome) outcome = drain_until_over();
  if (outcome) outcome = finish();
  if (!plan_.command.empty()) selections_[0].cgroup.remove();
  return outcome;
}

}  // namespace

Result<void> record(const RecordPlan& plan) {
  catch_stop_signals();
  Recording recording = TRY(Recording::prepare(plan));
  return recording.run();
}

}  // namespace vestige
