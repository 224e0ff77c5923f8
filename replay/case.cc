// SPDX-License-Identifier: Apache-2.0
#include "replay/case.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "format/trace_reader.h"
#include "format/trace_view.h"
#include "replay/reconstructor.h"

namespace vestige {
namespace {

constexpr uint64_t kProgressEvery = 1 << 16;

using SnapshotCounts = std::array<uint64_t, 3>;  // by SnapshotSource

// Counts events by type without a search per event.
class TypeCounter {
 public:
  void count(const Event& event) {
    auto& counts = counts_[size_t(event.type.abi) % counts_.size()];
    if (event.type.number >= counts.size())
      counts.resize(event.type.number + 1);
    TypeCount& count = counts[event.type.number];
    count.descriptor = event.descriptor;
    ++count.events;
    if (event.ret < 0 && event.ret >= -4095) ++count.errors;
  }

  // Descriptors as this build or the reader keeps them.
  [[nodiscard]] std::vector<TypeCount> all(const TraceReader& reader) const {
    std::vector<TypeCount> out;
    for (const auto& counts : counts_)
      for (TypeCount count : counts) {
        if (count.events == 0 || !count.descriptor) continue;
        count.descriptor = reader.descriptor(count.descriptor->type);
        if (count.descriptor) out.push_back(count);
      }
    std::ranges::sort(
        out, {}, [](const TypeCount& count) { return count.descriptor->name; });
    return out;
  }

 private:
  std::array<std::vector<TypeCount>, 8> counts_;  // by Abi, then number
};

// Finds processes by pid and start without the state that made them.
class ProcessIndex {
 public:
  explicit ProcessIndex(const Facts& facts) {
    entries_.reserve(facts.processes.size());
    for (const ProcessRow& row : facts.processes)
      entries_.push_back({row.pid, row.start_ns, row.id});
    std::ranges::sort(entries_, {}, [](const Entry& entry) {
      return std::tie(entry.pid, entry.start_ns, entry.id);
    });
  }

  [[nodiscard]] ProcessId find(uint32_t pid, uint64_t start_ns) const {
    auto at = std::ranges::lower_bound(entries_, pid, {}, &Entry::pid);
    ProcessId newest = ProcessId::kNone;
    for (; at != entries_.end() && at->pid == pid; ++at) {
      if (at->start_ns == start_ns) return at->id;
      // A process that acted has its exact start, unless nobody told of it.
      if (start_ns == 0 || at->start_ns == 0) newest = at->id;
    }
    return newest;
  }

 private:
  struct Entry {
    uint32_t pid = 0;
    uint64_t start_ns = 0;
    ProcessId id = ProcessId::kNone;
  };
  std::vector<Entry> entries_;
};

// What rows and descriptors of a case point into. Grows while a case is read;
// what is there stays where it is.
struct Source {
  explicit Source(TraceReader opened) : reader(std::move(opened)) {}

  TraceReader reader;
  TextPool texts;
};

}  // namespace

struct Case::State {
  State(std::string path, std::shared_ptr<const Source> source, Facts all,
        bool is_whole)
      : path(std::move(path)),
        source(std::move(source)),
        facts(std::move(all)),
        loss_times(facts.losses),
        processes(facts),
        is_whole(is_whole) {}

  std::string path;
  std::shared_ptr<const Source> source;
  Facts facts;
  LossTimes loss_times;
  ProcessIndex processes;
  TraceHeader header;
  TraceEnd end;
  uint64_t events = 0;
  std::vector<TypeCount> types;
  SnapshotCounts snapshots = {};
  bool is_complete = false;
  bool is_whole;
  std::unique_ptr<const Reconstructor> state_at_end;
};

Result<Case> Case::open(const std::string& path, const Progress& progress) {
  CaseReader reader = TRY(CaseReader::open(path));
  while (TRY(reader.read(kProgressEvery)))
    if (progress && !progress(reader.events()))
      return Error{ErrorKind::kUsage, "given up"}.within(path);
  return std::move(reader).finish();
}

Case::Case(std::unique_ptr<State> state) : state_(std::move(state)) {}
Case::Case(Case&&) noexcept = default;
Case& Case::operator=(Case&&) noexcept = default;
Case::~Case() = default;

const std::string& Case::path() const {
  return state_->path;
}
const TraceHeader& Case::header() const {
  return state_->header;
}
const TraceEnd& Case::end() const {
  return state_->end;
}
bool Case::is_complete() const {
  return state_->is_complete;
}
bool Case::is_whole() const {
  return state_->is_whole;
}
const Facts& Case::facts() const {
  return state_->facts;
}
const ProcessTree& Case::tree() const {
  static const ProcessTree kNotYet;
  return state_->state_at_end ? state_->state_at_end->tree() : kNotYet;
}
const LossTimes& Case::loss_times() const {
  return state_->loss_times;
}
uint64_t Case::events() const {
  return state_->events;
}
const std::vector<TypeCount>& Case::types() const {
  return state_->types;
}
uint64_t Case::snapshots(SnapshotSource source) const {
  return state_->snapshots[size_t(source)];
}

int64_t Case::unix_ns(uint64_t boot_ns) const {
  return header().start.unix_at(boot_ns);
}

ProcessId Case::process_of(const Event& event) const {
  return state_->processes.find(event.pid, event.process_start_ns);
}

// ---- Step by step

struct CaseReader::State {
  State(std::string path, TraceReader opened)
      : path(std::move(path)),
        source(std::make_shared<Source>(std::move(opened))),
        reconstructor(std::make_unique<Reconstructor>(source->texts)) {}

  [[nodiscard]] Case make(Facts facts, bool is_whole) const;

  std::string path;
  std::shared_ptr<Source> source;
  std::unique_ptr<Reconstructor> reconstructor;
  TypeCounter types;
  uint64_t events = 0;
  uint64_t last_ns = 0;
  SnapshotCounts snapshots = {};
  bool is_at_end = false;
};

Result<CaseReader> CaseReader::open(const std::string& path, Mode mode,
                                    uint32_t columns) {
  auto reader = TRY(TraceReader::open(path, {.columns = columns,
                                             .follows = mode == Mode::kFollow,
                                             .pace = Pace::kAhead}));
  TRY(require_one_boot(reader.header(), path));
  return CaseReader(std::make_unique<State>(path, std::move(reader)));
}

CaseReader::CaseReader(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
CaseReader::CaseReader(CaseReader&&) noexcept = default;
CaseReader& CaseReader::operator=(CaseReader&&) noexcept = default;
CaseReader::~CaseReader() = default;

const TraceHeader& CaseReader::header() const {
  return state_->source->reader.header();
}

Result<bool> CaseReader::read(uint64_t events) {
  State& state = *state_;
  const uint64_t enough = state.events + events;
  while (state.events < enough) {
    auto next = state.source->reader.next();
    if (!next) return std::move(next).error().within(state.path);
    const TraceReader::Item& item = *next;
    if (!item) {
      state.is_at_end = state.source->reader.is_complete();
      return false;
    }
    if (item.event) {
      state.reconstructor->apply(*item.event, item.position);
      state.types.count(*item.event);
      state.last_ns = std::max(state.last_ns, item.event->time_ns);
      ++state.events;
    }
    if (item.snapshot) {
      state.reconstructor->apply(*item.snapshot, item.position);
      ++state.snapshots[size_t(item.snapshot->source)];
    }
    if (item.loss) state.reconstructor->apply(*item.loss);
  }
  return true;
}

bool CaseReader::is_at_end() const {
  return state_->is_at_end;
}
uint64_t CaseReader::events() const {
  return state_->events;
}
double CaseReader::share() const {
  const TraceReader& reader = state_->source->reader;
  return reader.size() == 0 ? 0 : double(reader.offset()) / reader.size();
}

Case CaseReader::State::make(Facts facts, bool is_whole) const {
  const TraceReader& reader = source->reader;
  auto made =
      std::make_unique<Case::State>(path, source, std::move(facts), is_whole);
  made->header = reader.header();
  if (is_whole) made->end = reader.end();
  if (made->end.end.boot_ns == 0 && made->end.end.unix_ns == 0)
    made->end.end.boot_ns = last_ns;
  made->is_complete = is_whole && reader.is_complete();
  made->events = events;
  made->types = types.all(reader);
  made->snapshots = snapshots;
  return Case(std::move(made));
}

Case CaseReader::so_far() const {
  return state_->make(state_->reconstructor->so_far(), false);
}

Case CaseReader::finish() && {
  Case made = state_->make(state_->reconstructor->finish(), true);
  made.state_->state_at_end = std::move(state_->reconstructor);
  return made;
}

}  // namespace vestige
