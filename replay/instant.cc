// SPDX-License-Identifier: Apache-2.0
#include "replay/instant.h"

#include <optional>

#include "format/trace_reader.h"
#include "format/trace_view.h"

namespace vestige {
namespace {

// Events come slightly out of order; none is this late.
constexpr uint64_t kMaxDisorder_ns = 1'000'000'000;

bool is_snapshot_due(const Snapshot& snapshot, uint64_t time_ns,
                     bool is_first) {
  // The first one has nothing before it: some of it is better than nothing.
  return is_first ? snapshot.time_ns <= time_ns : snapshot.end_ns <= time_ns;
}

struct Placed {
  Snapshot snapshot;
  Position at;
};

// The last snapshot that was complete by then, unless it is the first of all:
// then the beginning is as near.
Result<std::optional<Placed>> find_later(const std::string& path,
                                         uint64_t time_ns) {
  TraceReader reader = TRY(TraceReader::open(path));
  // Of a merged trace, each is about one container only.
  if (!reader.header().origins.empty()) return std::optional<Placed>{};
  TRY(reader.seek_time(time_ns));
  auto item = TRY(reader.next());
  if (!item.snapshot || item.snapshot->end_ns > time_ns)
    return std::optional<Placed>{};
  std::optional<Placed> found = Placed{*item.snapshot, item.position};
  if (found->snapshot.time_ns == 0) return std::optional<Placed>{};
  const uint64_t before_ns = found->snapshot.time_ns - 1;
  TRY(reader.seek_time(before_ns));
  item = TRY(reader.next());
  const bool is_first = !item.snapshot || item.snapshot->end_ns > before_ns;
  if (is_first) found.reset();
  return found;
}

Result<void> apply_events(TraceReader& reader, uint64_t from_ns, uint64_t to_ns,
                          Reconstructor& state, Instant& instant) {
  bool is_first = true;
  while (true) {
    const auto item = TRY(reader.next());
    if (!item) break;
    if (item.snapshot && instant.is_from_start &&
        is_snapshot_due(*item.snapshot, to_ns, is_first)) {
      state.apply(*item.snapshot, item.position);
      is_first = false;
    }
    if (!item.event) continue;
    const uint64_t time_ns = item.event->time_ns;
    if (time_ns > to_ns + kMaxDisorder_ns) break;
    if (time_ns < from_ns || time_ns > to_ns) continue;
    state.apply(*item.event, item.position);
    ++instant.events;
  }
  instant.chunks_skipped = reader.chunks_skipped();
  return {};
}

}  // namespace

// Events that happened while the snapshot was taken may stand before it in
// the file: so the events are read by their time, not from its place on.
Result<Instant> read_instant(const std::string& path, uint64_t time_ns,
                             ReadFrom from, Reconstructor& state) {
  Instant instant;
  const TraceReader whole = TRY(TraceReader::open(path));
  TRY(require_one_boot(whole.header(), path));
  std::optional<Placed> found;
  if (from == ReadFrom::kSnapshot) found = TRY(find_later(path, time_ns));
  if (!found) {
    TraceReader reader = TRY(TraceReader::open(path, {.pace = Pace::kAhead}));
    TRY(apply_events(reader, 0, time_ns, state, instant));
    return instant;
  }
  instant.is_from_start = false;
  instant.from_ns = found->snapshot.time_ns;
  state.apply(found->snapshot, found->at);
  ReadOptions options;
  options.pace = Pace::kAhead;
  options.question = Question{.from_ns = instant.from_ns, .to_ns = time_ns};
  TraceReader reader = TRY(TraceReader::open(path, options));
  TRY(reader.seek_time(instant.from_ns));
  TRY(apply_events(reader, instant.from_ns, time_ns, state, instant));
  return instant;
}

}  // namespace vestige
