// SPDX-License-Identifier: Apache-2.0
//
// Every boot of every machine has a clock of its own. That of a merged trace
// begins with the earliest boot; what is to be added to the others follows
// from what their headers say of UTC.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include "format/parts.h"
#include "format/trace_copier.h"

namespace vestige {
namespace {

constexpr size_t kMostOrigins = 512;  // FORMAT.md, "Merged traces"

// 0 means that nobody knows.
void shift(uint64_t& time_ns, uint64_t by) {
  if (time_ns != 0) time_ns += by;
}
void shift(TaskPart& task, uint64_t by) {
  shift(task.start_ns, by);
  shift(task.process_start_ns, by);
  shift(task.parent_start_ns, by);
}
void shift(ClockPair& clock, uint64_t by) {
  clock.boot_ns += by;
}
void shift(std::vector<Loss>& losses, uint64_t by) {
  for (Loss& loss : losses) {
    shift(loss.from_ns, by);
    shift(loss.to_ns, by);
  }
}
void shift(Flight& flight, uint64_t by) {
  shift(flight.held_from_ns, by);
  for (Trigger& trigger : flight.triggers) shift(trigger.time, by);
}

// A source on its way into the clock and among the origins of the merged
// trace.
class Merging {
 public:
  explicit Merging(CopySource source) : source_(std::move(source)) {
    clock_ = header().start;
  }

  [[nodiscard]] const TraceHeader& header() const {
    return source_.reader.header();
  }
  [[nodiscard]] const CopySource& source() const { return source_; }
  // UTC of boot, as this trace or another of the same boot has it.
  [[nodiscard]] int64_t boot_unix_ns() const { return clock_.unix_at(0); }
  void use_clock_of(const Merging& other) { clock_ = other.clock_; }

  void place(uint64_t shift_ns, size_t first_origin) {
    shift_ns_ = shift_ns;
    first_origin_ = uint16_t(first_origin);
  }
  [[nodiscard]] size_t origins() const {
    return std::max<size_t>(header().origins.size(), 1);
  }
  // The next file of a recording is of the same origin.
  [[nodiscard]] bool goes_on_from(const Merging& other) const {
    const std::string& before = header().previous.trace_id;
    return !before.empty() && before == other.source_.parent.trace_id &&
           header().origins.empty() && other.header().origins.empty();
  }
  void go_on_from(const Merging& other) {
    place(other.shift_ns_, other.first_origin_);
    is_next_file_ = true;
  }
  [[nodiscard]] bool is_next_file() const { return is_next_file_; }
  // There is but one origin, which need not be told.
  void be_the_only_one() { first_origin_ = 0; }
  void add_headers(std::vector<TraceHeader>& out) const;
  void add_ends(std::vector<TraceEnd>& out) const;
  [[nodiscard]] std::vector<Loss> untold() const;

  Result<void> next() {
    TRY(source_.next());
    return {};
  }
  [[nodiscard]] bool has_item() const { return bool(source_.item); }
  // Losses and snapshots are wanted at once, events by time; so is a snapshot
  // in the middle of a recording.
  [[nodiscard]] uint64_t due_ns() const {
    const TraceReader::Item& item = source_.item;
    if (item.event) return item.event->time_ns + shift_ns_;
    const bool is_in_middle = item.snapshot && is_next_file_;
    return is_in_middle ? item.snapshot->time_ns + shift_ns_ : 0;
  }
  Result<void> give(Copier& copier);

 private:
  // What is of none, or of one that there is not, goes with the first.
  [[nodiscard]] uint16_t origin_of(uint16_t own) const {
    return uint16_t(first_origin_ +
                    (own == 0 || own > origins() ? 0 : own - 1));
  }
  const Event& moved(const Event& event);
  const Snapshot& moved(const Snapshot& snapshot);
  Loss moved(Loss loss) const;

  CopySource source_;
  ClockPair clock_;
  uint64_t shift_ns_ = 0;
  uint16_t first_origin_ = 1;
  bool is_next_file_ = false;
  Event event_;
  std::vector<Part> parts_;
  std::vector<TaskPart> tasks_;
  Snapshot snapshot_;
  Loss loss_;
};

void Merging::add_headers(std::vector<TraceHeader>& out) const {
  if (is_next_file_) return;
  const TraceHeader& whole = header();
  const auto add = [&](TraceHeader origin) {
    origin.recipients.clear();
    origin.origins.clear();
    origin.shift_ns += shift_ns_;
    shift(origin.start, shift_ns_);
    shift(origin.flight, shift_ns_);
    out.push_back(std::move(origin));
  };
  if (whole.origins.empty()) return add(whole);
  for (const TraceHeader& origin : whole.origins) add(origin);
}

// The file that goes on has the last word, and all that was lost before.
void go_on(TraceEnd& before, TraceEnd last) {
  last.events += before.events;
  last.bytes += before.bytes;
  for (Loss& loss : before.losses) {
    const auto same =
        std::ranges::find(last.losses, loss.reason, &Loss::reason);
    if (same == last.losses.end()) {
      last.losses.push_back(std::move(loss));
      continue;
    }
    same->count += loss.count;
    same->from_ns = std::min(same->from_ns, loss.from_ns);
    same->to_ns = std::max(same->to_ns, loss.to_ns);
  }
  before = std::move(last);
}

// Known once all is read.
void Merging::add_ends(std::vector<TraceEnd>& out) const {
  const TraceEnd& whole = source_.reader.end();
  const size_t own = size_t(std::max<uint16_t>(first_origin_, 1)) - 1;
  const size_t from = out.size();
  const auto add = [&](TraceEnd origin) {
    origin.origins.clear();
    shift(origin.end, shift_ns_);
    shift(origin.losses, shift_ns_);
    shift(origin.flight, shift_ns_);
    for (Loss& loss : origin.losses) loss.origin = 0;
    if (is_next_file_)
      go_on(out[own], std::move(origin));
    else
      out.push_back(std::move(origin));
  };
  if (header().origins.empty())
    add(whole);
  else
    for (const TraceEnd& origin : whole.origins) add(origin);
  // Of a damaged one some may be missing.
  if (!is_next_file_) out.resize(from + origins());
}

std::vector<Loss> Merging::untold() const {
  std::vector<Loss> out = untold_losses(source_);
  for (Loss& loss : out) loss = moved(std::move(loss));
  return out;
}

const Event& Merging::moved(const Event& event) {
  event_ = event;
  event_.origin = origin_of(event.origin);
  if (shift_ns_ == 0) return event_;
  event_.time_ns += shift_ns_;
  shift(event_.process_start_ns, shift_ns_);
  const auto is_task = [](const Part& part) {
    return part.kind == PartKind::kTask && part.data.size() == sizeof(TaskPart);
  };
  if (std::ranges::none_of(event.parts, is_task)) return event_;
  parts_.assign(event.parts.begin(), event.parts.end());
  tasks_.clear();
  tasks_.reserve(parts_.size());  // parts point into it
  for (Part& part : parts_) {
    if (!is_task(part)) continue;
    TaskPart& task = tasks_.emplace_back(read_part<TaskPart>(part));
    shift(task, shift_ns_);
    part.data = {reinterpret_cast<const char*>(&task), sizeof task};
  }
  event_.parts = parts_;
  return event_;
}

const Snapshot& Merging::moved(const Snapshot& snapshot) {
  snapshot_ = snapshot;
  snapshot_.origin = origin_of(snapshot.origin);
  snapshot_.time_ns += shift_ns_;
  snapshot_.end_ns += shift_ns_;
  for (ProcessState& process : snapshot_.processes) {
    shift(process.task, shift_ns_);
    for (ThreadState& thread : process.threads)
      shift(thread.start_ns, shift_ns_);
  }
  return snapshot_;
}

Loss Merging::moved(Loss loss) const {
  loss.origin = origin_of(loss.origin);
  shift(loss.from_ns, shift_ns_);
  shift(loss.to_ns, shift_ns_);
  return loss;
}

Result<void> Merging::give(Copier& copier) {
  TraceReader::Item& item = source_.item;
  if (item.event) item.event = &moved(*item.event);
  if (item.snapshot) item.snapshot = &moved(*item.snapshot);
  if (item.loss) {
    loss_ = moved(*item.loss);
    item.loss = &loss_;
  }
  return copier.copy(source_, {});
}

Merging* earliest(std::vector<Merging>& all) {
  Merging* first = nullptr;
  for (Merging& one : all)
    if (one.has_item() && (!first || one.due_ns() < first->due_ns()))
      first = &one;
  return first;
}

// One clock for those of one boot: each of them paired it with UTC at another
// instant, and UTC is put right now and then.
void share_clocks(std::vector<Merging>& all) {
  for (Merging& one : all) {
    if (one.header().boot_id.empty()) continue;
    one.use_clock_of(*std::ranges::find(
        all, one.header().boot_id,
        [](const Merging& other) { return other.header().boot_id; }));
  }
}

std::string container_name(const ContainerInfo& container) {
  return container.name.empty() ? container.id : container.name;
}

// All of them are files of one recording, as if it had never been rotated.
bool is_one_recording(const std::vector<Merging>& all) {
  return all.size() > 1 &&
         std::all_of(all.begin() + 1, all.end(),
                     [](const Merging& one) { return one.is_next_file(); });
}

// What all have in common; else nothing, or each once.
TraceHeader merged_header(const std::vector<Merging>& all) {
  TraceHeader header = all.front().header();
  if (is_one_recording(all)) {
    header.parents.clear();
    for (const Merging& one : all)
      header.parents.push_back(one.source().parent);
    return header;
  }
  header.previous = {};
  header.flight = {};
  header.parents.clear();
  header.origins.clear();
  std::vector<std::string> hosts, containers;
  const auto keep_common = [](std::string& ours, const std::string& other) {
    if (ours != other) ours.clear();
  };
  for (const Merging& one : all) {
    header.has_enter &= one.header().has_enter;
    header.parents.push_back(one.source().parent);
    one.add_headers(header.origins);
  }
  header.start = header.origins.front().start;
  for (const TraceHeader& origin : header.origins) {
    keep_common(header.kernel_release, origin.kernel_release);
    keep_common(header.machine, origin.machine);
    keep_common(header.boot_id, origin.boot_id);
    keep_common(header.machine_id, origin.machine_id);
    if (origin.start.boot_ns < header.start.boot_ns)
      header.start = origin.start;
    containers.push_back(container_name(origin.container));
    if (std::ranges::find(hosts, origin.host_name) == hosts.end())
      hosts.push_back(origin.host_name);
  }
  header.host_name = fmt::format("{}", fmt::join(hosts, ", "));
  header.container = {.id = "merged",
                      .name = fmt::format("{}", fmt::join(containers, ", "))};
  header.selection =
      fmt::format("merged from {} traces", header.origins.size());
  return header;
}

// Returns how many origins there are.
size_t place_all(std::vector<Merging>& all) {
  const int64_t begin =
      std::ranges::min_element(all, {}, &Merging::boot_unix_ns)->boot_unix_ns();
  size_t origins = 0;
  for (auto one = all.begin(); one != all.end(); ++one) {
    const auto before = std::find_if(
        all.begin(), one,
        [&](const Merging& other) { return one->goes_on_from(other); });
    if (before != one) {
      one->go_on_from(*before);
      continue;
    }
    one->place(uint64_t(one->boot_unix_ns()) - uint64_t(begin), origins + 1);
    origins += one->origins();
  }
  if (is_one_recording(all))
    for (Merging& one : all) one.be_the_only_one();
  return origins;
}

Result<std::vector<Merging>> open_all(const std::vector<std::string>& from) {
  if (from.empty())
    return Error{ErrorKind::kUsage, "there is nothing to merge"};
  std::vector<Merging> all;
  for (const std::string& path : from)
    all.emplace_back(TRY(open_source(path, "merged")));
  // The files of a recording in their order, everything else as it was given.
  std::ranges::stable_sort(
      all, {}, [](const Merging& one) { return one.header().previous.number; });
  share_clocks(all);
  const size_t origins = place_all(all);
  if (origins > kMostOrigins)
    return Error{ErrorKind::kUsage,
                 fmt::format("{} traces are more than the {} that one can be "
                             "made of",
                             origins, kMostOrigins)};
  return all;
}

}  // namespace

Result<CopyReport> merge_traces(const std::vector<std::string>& from,
                                const std::string& to,
                                const CopyOptions& options) {
  CopyReport report{.was_complete = true};
  auto all = TRY(open_all(from));
  const TraceHeader header = merged_header(all);
  Copier copier(TRY(TraceWriter::create(to, header, options.writer)), report);
  for (Merging& one : all) TRY(one.next());
  while (Merging* one = earliest(all)) {
    TRY(one->give(copier));
    TRY(one->next());
  }
  TraceEnd end{.reason = EndReason::kUnknown};
  for (const Merging& one : all) {
    report.was_complete &= one.source().reader.is_complete();
    one.add_ends(end.origins);
    for (Loss& loss : one.untold()) end.losses.push_back(std::move(loss));
  }
  for (const TraceEnd& origin : end.origins)
    if (origin.end.boot_ns >= end.end.boot_ns) {
      end.reason = origin.reason;
      end.end = origin.end;
    }
  end.container = header.container;
  if (is_one_recording(all)) {
    TraceEnd& last = end.origins.front();
    last.losses = std::move(end.losses);  // the writer has counted the rest
    end = TraceEnd(std::move(last));
  }
  TRY(copier.close(std::move(end)));
  return report;
}

}  // namespace vestige
