// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/name_history.h"

#include <algorithm>
#include <memory>
#include <thread>

#include "replay/facts/needs.h"
#include "replay/filter/event_types.h"

namespace vestige::filter {
namespace {

// The kernel keeps so many bytes of what prctl is given.
constexpr size_t kCommBytes = 15;

}  // namespace

// Copies what of the event is about names.
void NameHistory::Share::keep(const Event& event, Position at) {
  std::pmr::polymorphic_allocator<> memory(&bytes);
  const auto count =
      size_t(std::ranges::count_if(event.parts, is_about_name, &Part::kind));
  Part* const parts = memory.allocate_object<Part>(count);
  Part* next = parts;
  for (const Part& part : event.parts) {
    if (!is_about_name(part.kind)) continue;
    auto* const data = memory.allocate_object<char>(part.data.size());
    std::ranges::copy(part.data, data);
    Part* const copy = std::construct_at(next++, part);
    copy->data = {data, part.data.size()};
  }
  kept.push_back({at, event});
  kept.back().event.parts = {parts, count};
  if (const Part* child = event.part(kReturnArg, PartKind::kTask))
    births.emplace_back(event.pid, read_part<TaskPart>(*child).pid);
}

Result<std::unique_ptr<NameHistory>> NameHistory::read(
    const TraceReader& trace, const OneOf<std::string>& names,
    unsigned threads) {
  std::unique_ptr<NameHistory> history(new NameHistory(trace, threads));
  if (!TRY(history->has_start_times())) return {nullptr};
  history->choose_columns();
  if (!names) {
    if (!TRY(history->follow_all())) return {nullptr};
    return history;
  }
  if (!TRY(history->find_named(*names)) || !TRY(history->find_children()))
    return {nullptr};
  history->apply_kept();
  return history;
}

// Without them a pid that is used again cannot be told from the first.
Result<bool> NameHistory::has_start_times() {
  TraceReader reader = TRY(trace_.again({.columns = kColumnTask}));
  while (true) {
    const auto item = TRY(reader.next());
    if (!item) return true;  // no event needs them
    if (item.event) return item.event->process_start_ns != 0;
  }
}

// When an event was matters only beside a snapshot that may be older than it:
// not if all snapshots stand before all events.
void NameHistory::choose_columns() {
  columns_ = kColumnTask | kColumnResult | kColumnFlags | kColumnArguments |
             kColumnStrings | kColumnParts;
  bool has_events = false;
  for (const IndexEntry& entry : trace_.index()->chunks) {
    has_events |= entry.kind == ChunkKind::kEvents && entry.events > 0;
    if (has_events && entry.kind == ChunkKind::kSnapshot)
      columns_ |= kColumnTime;
  }
}

// Gives the events that are about names. What threads call themselves is not
// what their process is called.
Result<TraceReader> NameHistory::open(Question question, unsigned share,
                                      unsigned of) {
  const auto choose = [](const ColumnChunk& chunk,
                         std::vector<uint32_t>& wanted) {
    std::vector<TellsName> tells;
    for (const Descriptor* each : chunk.types)
      tells.push_back(tells_name(each->effect));
    for (uint32_t i = 0; i < chunk.events; ++i) {
      const TellsName who = tells[chunk.type[i]];
      if (who == TellsName::kOfNobody) continue;
      const TaskKey& task = chunk.tasks[chunk.task[i]];
      if (who == TellsName::kOfProcess || task.pid == task.tid)
        wanted.push_back(i);
    }
  };
  return trace_.again({.columns = columns_,
                       .question = std::move(question),
                       .screen = Screen{kColumnTask, choose},
                       .share = share,
                       .shares = of});
}

Result<void> NameHistory::read_share(Share& share, unsigned number,
                                     const Places& places) {
  if (!read_index(share, number, places)) {
    share.is_damaged = true;
    return {};
  }
  share.reader = TRY(open(places.in_file, number, threads_));
  while (true) {
    const auto item = TRY(share.reader->next());
    if (!item) {
      share.is_damaged = share.reader->is_damaged();
      return {};
    }
    if (item.snapshot && number == 0)
      share.snapshots.emplace_back(item.position, *item.snapshot);
    if (item.event) share.keep(*item.event, item.position);
  }
}

// False: malformed.
bool NameHistory::read_index(Share& share, unsigned number,
                             const Places& places) const {
  const TraceIndex& index = *trace_.index();
  for (size_t i = number; i < places.in_index.size(); i += threads_) {
    const size_t entry = places.in_index[i];
    if (!share.decoder.begin(index.filters[entry])) return false;
    while (const Event* event = share.decoder.next())
      share.keep(*event, {index.chunks[entry].chunk, share.decoder.index()});
  }
  return true;
}

// That may answer and were not read before.
NameHistory::Places NameHistory::places(Question question) {
  const TraceIndex& index = *trace_.index();
  question.types = types_of(is_about_names);
  Places fresh;
  for (size_t i = 0; i < index.chunks.size(); ++i) {
    if (!may_answer(index, i, question) ||
        !chunks_.insert(index.chunks[i].chunk).second)
      continue;
    // Of a view, events are chosen by who reads them.
    if (!trace_.is_view() && i < index.filters.size() &&
        index.filters[i].has_names)
      fresh.in_index.push_back(i);
    else
      fresh.in_file.chunks.push_back(index.chunks[i].chunk);
  }
  chunks_in_index_ += fresh.in_index.size();
  chunks_read_ += fresh.in_file.chunks.size();
  // None is not all; there are snapshots.
  fresh.in_file.chunks.push_back(UINT32_MAX);
  std::ranges::sort(fresh.in_file.chunks);
  return fresh;
}

// Keeps what those chunks tell of names. False: damage.
Result<bool> NameHistory::keep(Question question) {
  const Places fresh = places(std::move(question));
  const bool is_first = shares_.empty();
  if (fresh.in_index.empty() && fresh.in_file.chunks.size() == 1 && !is_first)
    return true;
  std::vector<Share*> shares;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < threads_; ++i)
    shares.push_back(&shares_.emplace_back());
  const auto work = [&](unsigned number) {
    Share& share = *shares[number];
    if (auto done = read_share(share, number, fresh); !done)
      share.error = std::move(done).error();
  };
  for (unsigned i = 1; i < threads_; ++i) threads.emplace_back(work, i);
  work(0);
  for (std::thread& thread : threads) thread.join();
  for (Share* share : shares) {
    if (share->error) return *std::move(share->error);
    if (share->is_damaged) return false;
    if (!is_first) share->snapshots.clear();
  }
  return true;
}

// Every process that may ever have had one of the names: those that a
// snapshot, an exec, a prctl or their end gives it. False: damage.
Result<bool> NameHistory::find_named(const std::set<std::string>& names) {
  const auto is_wanted = [&](std::string_view name) {
    return names.contains(std::string(name.substr(0, kCommBytes)));
  };
  Question question;
  // The beginning of a text is not in the index.
  const bool are_whole = std::ranges::all_of(
      names, [](const std::string& each) { return each.size() < kCommBytes; });
  if (are_whole) question.texts.assign(names.begin(), names.end());
  if (!TRY(keep(std::move(question)))) return false;
  pids_.emplace();
  for (const Share& share : shares_) {
    for (const auto& [at, snapshot] : share.snapshots)
      for (const ProcessState& process : snapshot.processes)
        if (is_wanted(process.comm)) pids_->insert(process.task.pid);
    for (const Kept& kept : share.kept)
      for (const Part& part : kept.event.parts)
        if (part.kind != PartKind::kTask && is_wanted(part.data))
          pids_->insert(kept.event.pid);
  }
  return true;
}

// Children that processes of the set have made join it, generation by
// generation. False: damage.
Result<bool> NameHistory::find_children() {
  Pids fresh = *pids_;
  while (!fresh.empty()) {
    Question question;
    question.pids.assign(fresh.begin(), fresh.end());
    if (!TRY(keep(std::move(question)))) return false;
    fresh.clear();
    bool is_growing = true;  // a child's child may stand before it
    while (std::exchange(is_growing, false))
      for (const Share& share : shares_)
        for (const auto& [parent, child] : share.births) {
          if (!pids_->contains(parent) || !pids_->insert(child).second)
            continue;
          fresh.insert(child);
          is_growing = true;
        }
  }
  return true;
}

void NameHistory::apply_kept() {
  std::vector<const Kept*> events;
  std::vector<const std::pair<Position, Snapshot>*> snapshots;
  for (const Share& share : shares_) {
    for (const Kept& kept : share.kept)
      if (pids_->contains(kept.event.pid)) events.push_back(&kept);
    for (const auto& each : share.snapshots) snapshots.push_back(&each);
  }
  std::ranges::sort(events, {}, &Kept::at);
  // A chunk that the index does not know is read every time. Not std::ranges:
  // clang 14 rejects the subrange of libstdc++ 12.
  const auto same = [](const Kept* a, const Kept* b) { return a->at == b->at; };
  events.erase(std::unique(events.begin(), events.end(), same), events.end());
  auto snapshot = snapshots.begin();
  const auto apply_until = [&](Position at) {
    for (; snapshot != snapshots.end() && (*snapshot)->first < at; ++snapshot)
      apply((*snapshot)->second, (*snapshot)->first);
  };
  for (const Kept* kept : events) {
    apply_until(kept->at);
    apply(kept->event, kept->at);
  }
  apply_until({UINT32_MAX, UINT32_MAX});
  shares_.clear();
}

// Of everybody, as they come: what shows all names reads all chunks anyway,
// and this way notices damage before anything is shown.
Result<bool> NameHistory::follow_all() {
  TraceReader reader = TRY(open({.types = types_of(is_about_names)}, 0, 1));
  while (true) {
    const auto item = TRY(reader.next());
    if (!item) return !reader.is_damaged();
    if (item.snapshot) apply(*item.snapshot, item.position);
    if (item.event) apply(*item.event, item.position);
  }
}

void NameHistory::apply(const Snapshot& snapshot, Position at) {
  viewer_.apply(snapshot, at);
  for (const ProcessState& each : snapshot.processes)
    note(viewer_.state().tree().find(each.task.pid, each.task.process_start_ns),
         at);
}

void NameHistory::apply(const Event& event, Position at) {
  ++events_;
  note(viewer_.apply(event, at).process, at);
  note_child(event, at);
}

std::vector<uint32_t> NameHistory::pids() const {
  if (!pids_) return {};
  return {pids_->begin(), pids_->end()};
}

void NameHistory::note_child(const Event& event, Position at) {
  const Part* part = event.part(kReturnArg, PartKind::kTask);
  if (!part) return;
  const auto child = read_part<TaskPart>(*part);
  note(viewer_.state().tree().find(child.pid, child.process_start_ns), at);
}

void NameHistory::note(const Process* process, Position at) {
  if (!process) return;
  const std::string_view name = process->row.comm;
  const Process* known = nullptr;
  if (!name.empty()) {
    auto found = called_.find(name);
    if (found == called_.end()) {
      found = called_.try_emplace(std::string(name)).first;
      found->second.row.comm = found->first;
    }
    known = &found->second;
  }
  auto& list = changes_[uint32_t(process->row.id)];
  const Process* const last = list.empty() ? nullptr : list.back().process;
  if (last != known) list.push_back({at, known});
}

const std::vector<NameHistory::Change>* NameHistory::changes(
    const TaskKey& task) const {
  if (pids_ && !pids_->contains(task.pid)) return nullptr;
  const Process* process =
      viewer_.state().tree().find(task.pid, task.process_start_ns);
  if (!process) return nullptr;
  const auto found = changes_.find(uint32_t(process->row.id));
  return found == changes_.end() ? nullptr : &found->second;
}

const Process* NameHistory::at(const TaskKey& task, Position at) const {
  const auto* list = changes(task);
  if (!list) return nullptr;
  const auto next = std::ranges::upper_bound(*list, at, {}, &Change::at);
  return next == list->begin() ? nullptr : std::prev(next)->process;
}

NameHistory::Always NameHistory::in_chunk(const TaskKey& task,
                                          uint32_t chunk) const {
  const auto* list = changes(task);
  if (!list) return {true, nullptr};
  const auto next =
      std::ranges::lower_bound(*list, Position{chunk, 0}, {}, &Change::at);
  if (next != list->end() && next->at.chunk == chunk) return {};
  return {true, next == list->begin() ? nullptr : std::prev(next)->process};
}

const Process* NameCursor::at(const TaskKey& task, Position at) {
  if (at.chunk != chunk_ || task != task_) {
    chunk_ = at.chunk;
    task_ = task;
    always_ = names_.in_chunk(task, at.chunk);
  }
  return always_.is_constant ? always_.process : names_.at(task, at);
}

}  // namespace vestige::filter
