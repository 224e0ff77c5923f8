// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/export_scap.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <vector>

#include "format/trace_reader.h"
#include "replay/scap/event_encoder.h"
#include "replay/scap/scap_writer.h"
#include "replay/scap/task_book.h"

namespace vestige {
namespace {

// The entry of a call, to be written before what happened later.
struct Entry {
  uint64_t time_ns;
  std::string block;
};

class Exporter {
 public:
  explicit Exporter(const TraceHeader& header) : header_(header) {}

  // First reading: entries, and which forks the child itself tells.
  void look_at(const Event& event);
  void look_at(const Snapshot& snapshot);
  // Second reading. out must outlive the exporter.
  Result<void> start(ScapWriter& out);
  void follow(const Snapshot& snapshot) { book_.apply(snapshot); }
  Result<void> write(const Event& event);
  Result<void> finish() { return write_entries(UINT64_MAX); }

  ExportReport report;

 private:
  [[nodiscard]] uint64_t unix_ns(uint64_t boot_ns) const {
    return uint64_t(header_.start.unix_ns) + boot_ns - header_.start.boot_ns;
  }
  Result<void> write_entries(uint64_t until_ns);
  Result<void> write_child(const Event& event);
  std::string block_of(const ScapEventInfo& info, const Event& event,
                       uint64_t time_ns, uint32_t tid, size_t count);

  TraceHeader header_;
  ScapWriter* writer_ = nullptr;
  TaskBook book_;
  // Readers look for processes before the first event only.
  std::optional<Snapshot> first_snapshot_;
  std::vector<Entry> entries_;
  size_t next_entry_ = 0;
  std::unordered_set<uint32_t> told_by_child_;
};

bool has_entry(const Event& event, const ScapEventInfo& entry) {
  if (event.flags & kHasEnter) return true;
  // Readers take descriptors from the entry: make one where it is known.
  const uint8_t mask = unknown_args(event);
  return std::ranges::any_of(entry.params, [&](const ScapParam& param) {
    return param.role == ScapRole::kArg && !(mask >> param.arg & 1);
  });
}

std::string Exporter::block_of(const ScapEventInfo& info, const Event& event,
                               uint64_t time_ns, uint32_t tid, size_t count) {
  auto params = encode_params(info, event, book_.find(event.pid, tid));
  params.resize(std::min(count, params.size()));
  ++report.events_out;
  return event_block(unix_ns(time_ns), tid, event.cpu, info.code, params);
}

void Exporter::look_at(const Event& event) {
  ++report.events_in;
  const Effect effect = event.descriptor->effect;
  if (effect == Effect::kFork && event.ret == 0 && !(event.flags & kInFlight))
    told_by_child_.insert(event.tid);
  const ScapPair pair = scap_pair(event);
  if (pair.entry && pair.returning && has_entry(event, *pair.entry)) {
    const uint64_t time_ns =
        event.flags & kHasEnter ? event.enter_ns() : event.time_ns;
    entries_.push_back(
        {unix_ns(time_ns), block_of(*pair.entry, event, time_ns, event.tid,
                                    pair.entry->params.size())});
  }
  book_.apply(event);
}

void Exporter::look_at(const Snapshot& snapshot) {
  book_.apply(snapshot);
  if (!first_snapshot_) first_snapshot_ = snapshot;
}

Result<void> Exporter::start(ScapWriter& out) {
  writer_ = &out;
  std::ranges::stable_sort(entries_, {}, &Entry::time_ns);
  book_ = {};
  TRY(out.write_machine(header_));
  if (!first_snapshot_) return {};
  return out.write_processes(*first_snapshot_);
}

Result<void> Exporter::write_entries(uint64_t until_ns) {
  for (; next_entry_ < entries_.size() &&
         entries_[next_entry_].time_ns <= until_ns;
       ++next_entry_) {
    TRY(writer_->write(entries_[next_entry_].block));
    entries_[next_entry_].block = {};
  }
  return {};
}

// A fork that only the parent's call tells of is told by the child, too: in a
// pid namespace readers do not believe the parent.
Result<void> Exporter::write_child(const Event& event) {
  const Part* part = event.part(kReturnArg, PartKind::kTask);
  if (!part) return {};
  const auto child = read_part<TaskPart>(*part);
  if (told_by_child_.contains(child.tid)) return {};
  const Descriptor& clone = *find_descriptor(Abi::kX86_64, "clone");
  Event made{.type = clone.type,
             .cpu = event.cpu,
             .pid = child.pid,
             .tid = child.tid,
             .descriptor = &clone};
  made.time_ns = event.time_ns;
  made.args[0] = event.args[2];  // clone flags
  const ScapPair pair = scap_pair(made);
  return writer_->write(block_of(*pair.returning, made, event.time_ns,
                                 child.tid, pair.returning->params.size()));
}

Result<void> Exporter::write(const Event& event) {
  TRY(write_entries(unix_ns(event.time_ns)));
  const Effect effect = event.descriptor->effect;
  book_.apply(event);
  if (effect == Effect::kTaskFork) return write_child(event);
  if (effect == Effect::kTaskExec) return {};  // in the return of the exec
  const ScapPair pair = scap_pair(event);
  const ScapEventInfo* info = pair.returning ? pair.returning : pair.entry;
  // Some kernel events have a type for the beginning and one for the end.
  const int ends = event.descriptor->arg_named("ends");
  if (info && ends >= 0 && event.args[ends] != 0)
    info = find_scap_event(info->code + 1);
  if (!info) {
    ++report.left_out;
    return {};
  }
  if (event.flags & kInFlight) return {};
  return writer_->write(block_of(*info, event, event.time_ns, event.tid,
                                 params_told(*info, pair.entry)));
}

// Calls visit for every item of the trace.
template <typename Visit>
Result<TraceHeader> for_each_item(const std::string& path, Visit visit) {
  TraceReader reader = TRY(TraceReader::open(path, {.pace = Pace::kAhead}));
  for (;;) {
    const auto item = TRY(reader.next());
    if (!item) return reader.header();
    TRY(visit(reader.header(), item));
  }
}

}  // namespace

Result<ExportReport> export_scap(const std::string& trace,
                                 const std::string& to) {
  std::optional<Exporter> exporter;
  const auto look = [&](const TraceHeader& header,
                        const TraceReader::Item& item) -> Result<void> {
    if (!exporter) exporter.emplace(header);
    if (item.snapshot) exporter->look_at(*item.snapshot);
    if (item.event) exporter->look_at(*item.event);
    return {};
  };
  const auto write = [&](const TraceHeader&,
                         const TraceReader::Item& item) -> Result<void> {
    if (item.snapshot) exporter->follow(*item.snapshot);
    if (item.event) return exporter->write(*item.event);
    return {};
  };
  const TraceHeader header = TRY(for_each_item(trace, look));
  if (!exporter) exporter.emplace(header);
  ScapWriter writer = TRY(ScapWriter::create(to));
  TRY(exporter->start(writer));
  TRY(for_each_item(trace, write));
  TRY(exporter->finish());
  TRY(writer.close());
  return exporter->report;
}

}  // namespace vestige
