// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/search.h"

#include <algorithm>
#include <utility>

#include "format/trace_view.h"
#include "replay/facts/sysdig_params.h"

namespace vestige::filter {
namespace {

constexpr Abi kAbis[] = {Abi::kX86_64, Abi::kArm64, Abi::kI386,
                         Abi::kX32,    Abi::kArm32, Abi::kKernel};

// Types of events for which wanted(descriptor) holds.
template <typename Wanted>
void add_types(std::vector<EventType>& out, Wanted wanted) {
  for (const Abi abi : kAbis)
    for (const Descriptor& descriptor : descriptors(abi))
      if (wanted(descriptor)) out.push_back(descriptor.type);
}

bool is_known_name(const std::string& name) {
  std::vector<EventType> found;
  add_types(found,
            [&](const Descriptor& each) { return sysdig_name(each) == name; });
  return !found.empty();
}

// When so many matches wait for a second pass, one pass over all is better.
constexpr size_t kMostPositions = 1 << 20;
// Beyond so many processes their chunks are most of the trace.
constexpr size_t kMostProcesses = 4096;

}  // namespace

Search::Search(std::string path, Filter& filter, const Needs& shown)
    : path_(std::move(path)),
      filter_(filter),
      shown_(shown),
      bounds_(filter.bounds()),
      has_known_types_(bounds_.types &&
                       std::ranges::all_of(*bounds_.types, is_known_name)) {}

// What a chunk must have to be worth reading: events of the types, and those
// that change what is known of processes.
Question Search::question_of(const Needs& needs) const {
  Question question;
  const bool has_state = needs.scope > Scope::kEvent;
  if (has_known_types_)
    add_types(question.types, [&](const Descriptor& each) {
      return bounds_.types->contains(std::string(sysdig_name(each))) ||
             (has_state && is_about_processes(each.effect));
    });
  if (has_state) return question;
  if (bounds_.texts)
    question.texts.assign(bounds_.texts->begin(), bounds_.texts->end());
  if (bounds_.pids)
    question.pids.assign(bounds_.pids->begin(), bounds_.pids->end());
  return question;
}

// The time of the first event of the trace.
Result<void> Search::find_first(EventViewer& viewer) {
  TraceReader reader = TRY(TraceReader::open(path_));
  while (true) {
    const auto item = TRY(reader.next());
    if (!item) return {};
    if (!item.event) continue;
    viewer.set_first_time(item.event->time_ns);
    return {};
  }
}

Result<void> Search::read(const Pass& pass, const Visit& visit) {
  TraceReader reader = TRY(TraceReader::open(
      path_, {.columns = pass.needs.columns, .question = pass.question}));
  TRY(require_one_boot(reader.header(), path_));
  EventViewer viewer(reader.header());
  if (pass.needs.first_time && pass.needs.scope != Scope::kAll)
    TRY(find_first(viewer));
  is_wanted_.clear();  // descriptors are those of a reader
  report_.scope = pass.needs.scope;
  report_.columns = pass.needs.columns;
  uint64_t chunk = UINT64_MAX;
  while (true) {
    const auto item = TRY(reader.next());
    if (!item) break;
    if (item.snapshot && pass.needs.scope > Scope::kEvent)
      viewer.apply(*item.snapshot);
    if (item.loss) viewer.apply(*item.loss);
    if (!item.event) continue;
    if (chunk != item.position.chunk) {
      chunk = item.position.chunk;
      ++report_.chunks_read;
    }
    ++report_.events_read;
    viewer.set_next_number(reader.events_before_chunk() + item.position.index +
                           1);
    if (!give(pass, viewer, *item.event, item.position, visit)) break;
  }
  report_.chunks_skipped += reader.chunks_skipped();
  end_ = reader.end();
  is_complete_ = reader.is_complete();
  return {};
}

// False: that is enough.
bool Search::give(const Pass& pass, EventViewer& viewer, const Event& event,
                  Position at, const Visit& visit) {
  const Scope scope = pass.needs.scope;
  const bool happens =
      scope == Scope::kAll || (scope > Scope::kEvent && event.descriptor &&
                               is_about_processes(event.descriptor->effect));
  const bool is_candidate =
      pass.positions ? pass.positions->contains(at) : is_of_types(event);
  if (!happens && !is_candidate) return true;
  const EventView& view = happens ? viewer.apply(event, at)
                          : scope > Scope::kEvent
                              ? viewer.look_at_process(event, at)
                              : viewer.look(event, at);
  if (!is_candidate) return true;
  if (pass.positions) return visit(view) && at != *pass.positions->rbegin();
  ++report_.events_asked;
  return !filter_.matches(view) || visit(view);
}

bool Search::is_of_types(const Event& event) const {
  if (!bounds_.types || !event.descriptor) return true;
  const auto known = is_wanted_.find(event.descriptor);
  if (known != is_wanted_.end()) return known->second;
  const bool is_wanted =
      bounds_.types->contains(std::string(sysdig_name(*event.descriptor)));
  return is_wanted_[event.descriptor] = is_wanted;
}

// ---- By process

// Children that processes of the set have made join it, generation by
// generation.
Result<void> Search::add_children(std::set<uint32_t>& pids) {
  std::set<uint32_t> fresh = pids;
  while (!fresh.empty() && pids.size() <= kMostProcesses) {
    Question question;
    add_types(question.types, [](const Descriptor& each) {
      return each.effect == Effect::kTaskFork;
    });
    question.pids.assign(fresh.begin(), fresh.end());
    TraceReader reader = TRY(TraceReader::open(
        path_, {.columns = kAllColumns & ~(kColumnPayload | kColumnFiles),
                .question = std::move(question)}));
    std::set<uint32_t> next;
    while (true) {
      const auto item = TRY(reader.next());
      if (!item) break;
      if (!item.event || !item.event->descriptor ||
          item.event->descriptor->effect != Effect::kTaskFork ||
          !(fresh.contains(item.event->pid) || next.contains(item.event->pid)))
        continue;
      const Part* child = item.event->part(kReturnArg, PartKind::kTask);
      if (!child) continue;
      const uint32_t pid = read_part<TaskPart>(*child).pid;
      if (pids.insert(pid).second) next.insert(pid);
    }
    fresh = std::move(next);
  }
  return {};
}

// Without them a pid that is used again cannot be told from the first.
Result<bool> Search::has_start_times() {
  TraceReader reader = TRY(TraceReader::open(path_));
  while (true) {
    const auto item = TRY(reader.next());
    if (!item) return false;
    if (item.event) return item.event->process_start_ns != 0;
  }
}

// Every process that may ever have had one of the wanted names: those that a
// snapshot, an exec or a prctl gives it, and what they forked.
Result<Search::Pids> Search::named_processes() {
  if (!bounds_.names || !TRY(has_start_times())) return Pids();
  const auto is_wanted = [&](std::string_view name) {
    return bounds_.names->contains(std::string(name));
  };
  Question question;
  question.texts.assign(bounds_.names->begin(), bounds_.names->end());
  TraceReader reader = TRY(TraceReader::open(
      path_, {.columns = kAllColumns & ~(kColumnPayload | kColumnFiles),
              .question = std::move(question)}));
  std::set<uint32_t> pids;
  while (true) {
    const auto item = TRY(reader.next());
    if (!item) break;
    if (item.snapshot)
      for (const ProcessState& process : item.snapshot->processes)
        if (is_wanted(process.comm)) pids.insert(process.task.pid);
    if (!item.event) continue;
    for (const Part& part : item.event->parts) {
      const bool is_text =
          part.kind == PartKind::kComm || part.kind == PartKind::kString;
      // The kernel keeps 15 bytes of what prctl is given.
      constexpr size_t kCommBytes = 15;
      if (is_text && is_wanted(part.data.substr(0, kCommBytes)))
        pids.insert(item.event->pid);
    }
  }
  TRY(add_children(pids));
  if (pids.size() > kMostProcesses) return Pids();
  return Pids(std::move(pids));
}

// ---- All together

Result<void> Search::run_plainly(const Visit& visit) {
  report_ = {};
  return read({.needs = {Scope::kAll, kAllColumns}}, [&](const auto& view) {
    ++report_.matched;
    return visit(view);
  });
}

// Where the matches are, when what is shown of them needs more than finding
// them. nullopt: too many to keep.
Result<Search::Positions> Search::find() {
  std::set<Position> positions;
  Search finder(path_, filter_, {});
  TRY(finder.run([&](const EventView& view) {
    positions.insert(positions.end(), view.at);
    return positions.size() <= kMostPositions;
  }));
  if (positions.size() > kMostPositions) return Positions();
  report_ = finder.report();
  report_.matched = 0;
  end_ = finder.end();
  is_complete_ = finder.is_complete();
  return Positions(std::move(positions));
}

Result<void> Search::run(const Visit& visit) {
  report_ = {};
  const Visit counting = [&](const EventView& view) {
    ++report_.matched;
    return visit(view);
  };
  const Needs asked = filter_.needs();
  Needs all = asked;
  all.add(shown_);
  if (asked.scope < all.scope) {
    if (const auto positions = TRY(find())) {
      if (positions->empty()) return {};
      report_.second_pass = true;
      return read({.needs = all, .positions = &*positions}, counting);
    }
  }
  if (all.scope == Scope::kAll) all.columns = kAllColumns;
  Pass pass{.needs = all};
  if (all.scope != Scope::kAll) pass.question = question_of(all);
  if (all.scope == Scope::kName) {
    if (auto pids = TRY(named_processes())) {
      report_.by_processes = true;
      report_.processes = pids->size();
      if (pids->empty()) return {};
      pass.question->pids.assign(pids->begin(), pids->end());
    }
  }
  return read(pass, counting);
}

}  // namespace vestige::filter
