// SPDX-License-Identifier: Apache-2.0
#include "capture/watch/flight_recorder.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "capture/clocks.h"
#include "capture/selection.h"

namespace vestige {
namespace {

constexpr size_t kMaxTriggers = 64;  // told in one file
// A file that is triggered on and on ends after so many times after_ns.
constexpr uint64_t kMaxLonger = 6;

std::string path_for(const EvidenceStore& store, const ContainerInfo& container,
                     const Trigger& trigger) {
  const auto seconds = std::time_t(trigger.time.unix_ns / 1'000'000'000);
  return fmt::format("{}/{}-{:%Y%m%dT%H%M%S}Z-{}-{}.vtrace", store.folder,
                     file_stem(container), fmt::gmtime(seconds), trigger.source,
                     store.next_file);
}

}  // namespace

FlightRecorder::FlightRecorder(TraceHeader header, ContainerInfo container,
                               const FlightLimits& limits, EvidenceStore& store)
    : header_(std::move(header)),
      container_(std::move(container)),
      limits_(limits),
      store_(store) {}

void FlightRecorder::add(TraceChunk chunk) {
  const ChunkPtr added = ring_.add(std::move(chunk));
  if (evidence_) write(added);
}

// A disk that is too slow must not eat the memory of the machine.
void FlightRecorder::write(const ChunkPtr& chunk) {
  if (store_.writer->waiting_bytes() <= store_.max_waiting_bytes) {
    store_.writer->append(evidence_->file, chunk);
    return;
  }
  store_.writer->add_loss(evidence_->file, {.reason = LossReason::kWriteFailed,
                                            .count = chunk->mark.events,
                                            .from_ns = chunk->mark.min_time_ns,
                                            .to_ns = chunk->mark.max_time_ns,
                                            .where = "the disk was too slow"});
}

FlightRecorder::Outcome FlightRecorder::trigger(Trigger trigger) {
  const uint64_t now_ns = boot_ns();
  if (evidence_) {
    Evidence& evidence = *evidence_;
    evidence.until_ns =
        std::max(evidence.until_ns,
                 std::min(now_ns + limits_.after_ns, evidence.latest_ns));
    if (evidence.flight.triggers.size() < kMaxTriggers)
      evidence.flight.triggers.push_back(std::move(trigger));
    else
      ++muted_;
    return Outcome::kJoined;
  }
  if (now_ns < cooling_until_ns_) {
    ++muted_;
    return Outcome::kMuted;
  }
  begin(std::move(trigger), now_ns);
  return Outcome::kBegun;
}

void FlightRecorder::begin(Trigger trigger, uint64_t now_ns) {
  path_ = path_for(store_, container_, trigger);
  const uint64_t from_ns =
      trigger.time.boot_ns - std::min(trigger.time.boot_ns, limits_.before_ns);
  FlightRing::Held held = ring_.since(from_ns);
  Evidence evidence{.file = store_.next_file++,
                    .until_ns = now_ns + limits_.after_ns,
                    .latest_ns = now_ns + kMaxLonger * limits_.after_ns,
                    .flight = {.before_ns = limits_.before_ns,
                               .after_ns = limits_.after_ns,
                               .held_from_ns = held.from_ns,
                               .released_events = held.released_events,
                               .muted_triggers = std::exchange(muted_, 0),
                               .triggers = {std::move(trigger)}}};
  TraceHeader header = header_;
  header.container = container_;
  header.flight = evidence.flight;
  header.start = held.from_ns != 0 ? clock_pair_at(held.from_ns) : clock_pair();
  ++files_;
  store_.writer->begin(evidence.file, path_, std::move(header), store_.options);
  if (held.evicted)
    store_.writer->add_loss(evidence.file, std::move(*held.evicted));
  evidence_ = std::move(evidence);
  // All of it is in memory already: waiting for the disk costs no more.
  for (ChunkPtr& chunk : held.chunks)
    store_.writer->append(evidence_->file, std::move(chunk));
}

bool FlightRecorder::is_due(uint64_t now_ns) const {
  return evidence_ && now_ns >= evidence_->until_ns;
}

void FlightRecorder::end_evidence(EndReason reason) {
  if (!evidence_) return;
  TraceEnd end;
  end.reason = reason;
  end.end = clock_pair();
  end.container = container_;
  end.flight = std::move(evidence_->flight);
  store_.writer->close(evidence_->file, std::move(end));
  evidence_.reset();
  cooling_until_ns_ = boot_ns() + limits_.cooldown_ns;
}

void FlightRecorder::keep_within(uint64_t now_ns) {
  ring_.release_before(now_ns - std::min(now_ns, limits_.before_ns));
  while (ring_.bytes() > limits_.ring_bytes && ring_.evict()) {
  }
}

}  // namespace vestige
