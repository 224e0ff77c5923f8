// SPDX-License-Identifier: Apache-2.0
#include "capture/watch/watch.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "capture/capture.h"
#include "capture/clocks.h"
#include "capture/discovery.h"
#include "capture/host.h"
#include "capture/privileges.h"
#include "capture/seccomp.h"
#include "capture/stop_signals.h"
#include "capture/watch/alert_server.h"
#include "capture/watch/control.h"
#include "capture/watch/watch_json.h"
#include "capture/watch/watched.h"
#include "format/escape.h"

namespace vestige {
namespace {

constexpr uint64_t kOomCheckNs = 250'000'000;
constexpr size_t kMaxPending = 1024;
constexpr EventType kTaskExec = {Abi::kKernel, 2};
constexpr EventType kTaskExit = {Abi::kKernel, 3};

// Small chunks: what is not in one yet is not in the ring either, and it is
// kept uncompressed.
WriterOptions ring_options() {
  WriterOptions options;
  options.chunk_events = 8192;
  options.chunk_bytes = 1024 * 1024;
  return options;
}

class Watch {
 public:
  explicit Watch(const WatchPlan& plan) : plan_(plan) {}
  Result<void> run();

 private:
  struct Pending {
    uint16_t slot;
    Trigger trigger;
  };

  Result<void> open();
  Result<void> start();
  void add(Selection selection);
  void add_found();
  [[nodiscard]] const FlightLimits& limits_of(const ContainerInfo& one) const;
  Watched* at_slot(uint16_t slot);
  Watched* find(const std::string& wanted, std::string& why);

  void on_event(uint16_t slot, const Event& event);
  void on_exit(uint16_t slot, const Event& event);
  void add_pending(uint16_t slot, std::string_view source, std::string reason,
                   std::string detail, uint64_t time_ns);
  void pull_pending();
  FlightRecorder::Outcome trigger(Watched& one, Trigger trigger);
  void trigger_all(const Trigger& trigger);

  Result<void> look_after();
  void check_ooms(uint64_t now_ns);
  void keep_memory();
  void take_alerts();
  void tell_reports();
  std::string answer(const std::string& line);
  Json trigger_by_command(const Json& request);
  void finish();

  const WatchPlan& plan_;
  std::unique_ptr<Capture> capture_;
  std::optional<SigningKey> signing_key_;
  std::vector<Selection> pointed_;  // until they are added
  std::optional<Discovery> discovery_;
  std::optional<ControlServer> control_;
  std::optional<AlertServer> alerts_;
  std::unique_ptr<EvidenceWriter> writer_;
  EvidenceStore store_;
  std::vector<std::unique_ptr<Watched>> watched_;
  std::vector<Pending> pending_;
  WatchStatus status_;
  uint64_t ooms_checked_ns_ = 0;
  bool is_told_to_stop_ = false;
};

// ---- Beginning and end

Result<void> Watch::open() {
  if (mkdir(plan_.folder.c_str(), 0700) != 0 && errno != EEXIST)
    return Error{ErrorKind::kSystem,
                 fmt::format("{}: {}", plan_.folder, std::strerror(errno))};
  if (!plan_.signing_key.empty())
    signing_key_ = TRY(SigningKey::load_or_create(plan_.signing_key));
  for (const std::string& path : plan_.recipients)
    store_.options.recipients.push_back(TRY(load_recipient(path)));
  pointed_ = TRY(select({}, plan_.pointed, plan_.roots));
  control_ = TRY(ControlServer::open(plan_.control_path));
  if (!plan_.http_address.empty())
    alerts_ = TRY(AlertServer::open(plan_.http_address, plan_.http_token_path));
  uint64_t checkpoint_ns = plan_.limits.before_ns;
  for (const LimitsFor& one : plan_.limits_for)
    checkpoint_ns = std::min(checkpoint_ns, one.limits.before_ns);
  // Rings hold up to a segment more than they need.
  CaptureOptions options{.session = plan_.session,
                         .checkpoint_ns = std::clamp<uint64_t>(
                             checkpoint_ns / 4, 1'000'000'000, 60'000'000'000)};
  options.session.has_newcomers = true;
  // What it writes would be more to write, and so on.
  if (contains_agent(pointed_))
    options.session.skipped_pid = uint32_t(getpid());
  capture_ = TRY(Capture::open(options));
  discovery_.emplace(
      TRY(Discovery::open(plan_.wanted, plan_.roots, *capture_)));
  return {};
}

// Threads come after privileges are given up: they keep what they have.
Result<void> Watch::start() {
  TRY(open());
  capture_->recorder().observe(
      [this](uint16_t slot, const Event& event) { on_event(slot, event); });
  TRY(capture_->attach());
  TRY(drop_privileges(LaterSnapshots::kSome));
  TRY(forbid_what_is_not_needed(Reach::kThisMachine));
  writer_ = std::make_unique<EvidenceWriter>(plan_.reserve_bytes);
  if (alerts_) alerts_->start();
  store_.writer = writer_.get();
  store_.folder = plan_.folder;
  store_.max_waiting_bytes = plan_.memory_bytes / 2;
  if (signing_key_) store_.options.signing_key = &*signing_key_;
  status_.start = clock_pair();
  for (Selection& one : std::exchange(pointed_, {})) add(std::move(one));
  add_found();
  fmt::print(stderr, "vestige-capture: watching {} containers\n",
             watched_.size());
  return {};
}

void Watch::finish() {
  capture_->stop();
  pull_pending();
  for (const auto& one : watched_) {
    if (one->slot) (void)capture_->close(*one->slot, {});
    one->flight.end_evidence(EndReason::kInterrupted);
  }
  writer_.reset();  // waits until all is written
  fmt::print(stderr, "vestige-capture: stopped watching\n");
}

Result<void> Watch::run() {
  TRY(start());
  while (!is_stop_requested() && !is_told_to_stop_) {
    const bool is_time = TRY(capture_->poll());
    pull_pending();
    if (take_user_signal())
      trigger_all({.source = "signal", .reason = "SIGUSR1"});
    if (alerts_) take_alerts();
    control_->serve([this](const std::string& line) { return answer(line); });
    keep_memory();
    if (is_time) TRY(look_after());
  }
  finish();
  return {};
}

// ---- Containers

const FlightLimits& Watch::limits_of(const ContainerInfo& one) const {
  for (const LimitsFor& other : plan_.limits_for)
    if (fnmatch(other.glob.c_str(), one.name.c_str(), 0) == 0)
      return other.limits;
  return plan_.limits;
}

void Watch::add(Selection selection) {
  TraceHeader header = describe_host(plan_.session, plan_.own_argv);
  header.selection = selection.words;
  auto made = std::make_unique<Watched>(
      FlightRecorder(std::move(header), selection.container,
                     limits_of(selection.container), store_));
  Watched& one = *made;
  one.ooms = OomCounter(selection.cgroup.directory(), pid_t(one.init_pid));
  FlightRecorder& flight = one.flight;
  auto slot = capture_->add(
      std::move(selection),
      TraceWriter::in_memory(
          [&flight](TraceChunk chunk) { flight.add(std::move(chunk)); },
          ring_options()));
  if (!slot) {
    ++status_.refused_containers;
    fmt::print(stderr, "vestige-capture: {} is not watched: {}\n",
               escaped(flight.container().name), slot.error().message);
    return;
  }
  one.slot = *slot;
  watched_.push_back(std::move(made));
  capture_->catch_up(*slot);
}

void Watch::add_found() {
  for (Selection& found : discovery_->take_found()) {
    const bool is_known =
        std::ranges::any_of(capture_->open_slots(), [&](uint16_t slot) {
          return capture_->selection(slot).cgroup.id() == found.cgroup.id();
        });
    if (!is_known) add(std::move(found));
  }
  status_.missed_cgroups += discovery_->take_missed().size();
}

Watched* Watch::at_slot(uint16_t slot) {
  const auto found = std::ranges::find_if(
      watched_, [slot](const auto& one) { return one->slot == slot; });
  return found == watched_.end() ? nullptr : found->get();
}

// Those that run come before those that are gone.
Watched* Watch::find(const std::string& wanted, std::string& why) {
  std::vector<Watched*> found;
  for (const bool is_running : {true, false}) {
    for (const auto& one : watched_) {
      const ContainerInfo& info = one->flight.container();
      const bool is_exact = info.name == wanted || info.id == wanted;
      if (one->slot.has_value() == is_running &&
          (is_exact || info.id.starts_with(wanted)))
        found.push_back(one.get());
      if (one->slot.has_value() == is_running && is_exact) return one.get();
    }
    if (!found.empty()) break;
  }
  if (found.size() == 1) return found.front();
  why = found.empty() ? "no such container is watched"
                      : "several containers have ids that begin like this";
  return nullptr;
}

// ---- Triggers

void Watch::add_pending(uint16_t slot, std::string_view source,
                        std::string reason, std::string detail,
                        uint64_t time_ns) {
  const ClockPair now = clock_pair();
  if (pending_.size() >= kMaxPending) return;
  const auto ago_ns = int64_t(now.boot_ns - std::min(now.boot_ns, time_ns));
  pending_.push_back({slot,
                      {.source = std::string(source),
                       .reason = std::move(reason),
                       .detail = std::move(detail),
                       .time = {time_ns, now.unix_ns - ago_ns}}});
}

// Within the drain of the ring: only notes what is to be done.
void Watch::on_event(uint16_t slot, const Event& event) {
  if (event.type == kTaskExec)
    if (Watched* one = at_slot(slot)) one->see_exec(event);
  if (plan_.has_exit_trigger && event.type == kTaskExit) on_exit(slot, event);
  for (const EventRule& rule : plan_.rules) {
    if (!rule.matches(event)) continue;
    const bool is_noted = std::ranges::any_of(pending_, [&](const auto& one) {
      return one.slot == slot && one.trigger.reason == rule.text();
    });
    if (!is_noted)
      add_pending(slot, "rule", rule.text(), event_words(event), event.time_ns);
  }
}

void Watch::on_exit(uint16_t slot, const Event& event) {
  const Watched* one = at_slot(slot);
  const auto code = event.args[0], signal = event.args[1];
  const bool is_last_thread = event.args[3] != 0;
  if (!one || !is_last_thread || event.pid != one->init_pid ||
      (code == 0 && signal == 0))
    return;
  add_pending(slot, "exit",
              signal ? fmt::format("killed by signal {}", signal)
                     : fmt::format("exit code {}", code),
              "", event.time_ns);
}

FlightRecorder::Outcome Watch::trigger(Watched& one, Trigger trigger) {
  ++status_.triggers;
  if (one.slot) capture_->flush(*one.slot);
  const auto outcome = one.flight.trigger(std::move(trigger));
  if (outcome == FlightRecorder::Outcome::kMuted) ++status_.muted;
  // Nobody else will end it.
  if (!one.slot) one.flight.end_evidence(EndReason::kContainerGone);
  return outcome;
}

void Watch::pull_pending() {
  for (Pending& one : std::exchange(pending_, {}))
    if (Watched* found = at_slot(one.slot))
      trigger(*found, std::move(one.trigger));
}

void Watch::trigger_all(const Trigger& wanted) {
  Trigger made = wanted;
  made.time = clock_pair();
  for (const auto& one : watched_)
    if (one->slot) trigger(*one, made);
}

void Watch::take_alerts() {
  for (Alert& alert : alerts_->take()) {
    std::string why;
    ++status_.alerts;
    if (Watched* found = find(alert.container, why)) {
      trigger(*found, {.source = "http",
                       .reason = std::move(alert.rule),
                       .detail = std::move(alert.text),
                       .time = clock_pair()});
    } else {
      ++status_.strange_alerts;
    }
  }
}

// ---- Every 50 ms

void Watch::check_ooms(uint64_t now_ns) {
  if (now_ns - ooms_checked_ns_ < kOomCheckNs) return;
  ooms_checked_ns_ = now_ns;
  for (const auto& one : watched_) {
    if (!one->slot) continue;
    one->learn(capture_->selection(*one->slot).cgroup, plan_.roots, now_ns);
    if (!plan_.has_oom_trigger) continue;
    if (const uint64_t count = one->ooms.take_new())
      trigger(*one, {.source = "oom",
                     .reason = fmt::format("{} processes killed for want of "
                                           "memory",
                                           count),
                     .time = clock_pair()});
  }
}

Result<void> Watch::look_after() {
  const uint64_t now_ns = boot_ns();
  check_ooms(now_ns);
  const auto ended = TRY(capture_->ended());
  pull_pending();  // how they ended may be a trigger
  for (const uint16_t slot : ended) {
    Watched& one = *at_slot(slot);
    (void)capture_->close(slot, {});
    one.slot.reset();
    one.gone_ns = now_ns;
    one.flight.end_evidence(EndReason::kContainerGone);
  }
  for (const auto& one : watched_) {
    if (one->flight.is_due(now_ns)) {
      if (one->slot) capture_->flush(*one->slot);
      one->flight.end_evidence(EndReason::kTriggerOver);
    }
  }
  std::erase_if(watched_, [&](const auto& one) {
    return !one->slot && now_ns - one->gone_ns > one->flight.limits().before_ns;
  });
  add_found();
  tell_reports();
  return {};
}

// Who has the most gives first, so nobody with less than a fair share ever
// has to.
void Watch::keep_memory() {
  const uint64_t now_ns = boot_ns();
  uint64_t total = 0;
  for (const auto& one : watched_) {
    one->flight.keep_within(now_ns);
    const FlightRing& ring = one->flight.ring();
    total += ring.bytes();
    // Short segments, so that memory is given back in small pieces.
    if (one->slot && ring.newest_bytes() > one->flight.limits().ring_bytes / 4)
      capture_->ask_for_checkpoint(*one->slot);
  }
  while (total > plan_.memory_bytes) {
    const auto largest = std::ranges::max_element(
        watched_, {},
        [](const auto& one) { return one->flight.ring().bytes(); });
    FlightRing& ring = (*largest)->flight.ring();
    total -= ring.bytes();
    if (!ring.evict()) return;
    total += ring.bytes();
  }
  status_.ring_bytes = total;
}

void Watch::tell_reports() {
  for (const EvidenceWriter::Report& report : writer_->take_reports()) {
    ++status_.files;
    if (report.error) {
      ++status_.failed_files;
      status_.last_error = report.error->message;
      fmt::print(stderr, "vestige-capture: {}\n", report.error->message);
    } else {
      fmt::print(stderr, "vestige-capture: {}: {} events\n", report.path,
                 report.events);
    }
  }
}

// ---- The control socket

Json Watch::trigger_by_command(const Json& request) {
  Trigger made{.source = "command",
               .reason = text_member(request, "reason"),
               .detail = text_member(request, "detail"),
               .time = clock_pair()};
  const std::string wanted = text_member(request, "container");
  if (wanted == "*") {
    trigger_all(made);
    return {{"ok", true}, {"containers", watched_.size()}};
  }
  std::string why;
  Watched* found = find(wanted, why);
  if (wanted.empty() || !found)
    return refusal(fmt::format("'{}': {}", escaped(wanted),
                               wanted.empty() ? "no container is named" : why));
  const auto outcome = trigger(*found, std::move(made));
  return outcome_json(outcome, found->flight);
}

std::string Watch::answer(const std::string& line) {
  const Json request = Json::parse(line, nullptr, false);
  const std::string command =
      request.is_object() ? text_member(request, "command") : "";
  Json out = refusal("commands are status, list, trigger, stop");
  if (command == "trigger") out = trigger_by_command(request);
  if (command == "status")
    out =
        status_json(status_, plan_, watched_.size(), writer_->waiting_bytes());
  if (command == "stop") {
    is_told_to_stop_ = true;
    out = {{"ok", true}};
  }
  if (command == "list") {
    out = {{"ok", true}, {"containers", Json::array()}};
    for (const auto& one : watched_) {
      const Ledger* ledger =
          one->slot ? &capture_->recorder().ledger(*one->slot) : nullptr;
      out["containers"].push_back(flight_json(one->flight, ledger));
    }
  }
  return to_line(out);
}

}  // namespace

Result<void> watch(const WatchPlan& plan) {
  catch_stop_signals();
  catch_user_signal();
  return Watch(plan).run();
}

}  // namespace vestige
