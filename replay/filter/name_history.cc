// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/name_history.h"

#include <algorithm>

#include "replay/facts/needs.h"
#include "replay/filter/event_types.h"

namespace vestige::filter {
namespace {

// The kernel keeps so many bytes of what prctl is given.
constexpr size_t kCommBytes = 15;

constexpr uint32_t kColumnsOfNames = kAllColumns & ~kColumnPayload;

// The first thread's tell what the process is called, others' do not.
bool is_of_leaders(Effect effect) {
  return effect == Effect::kTaskExit || effect == Effect::kPrctl;
}

}  // namespace

NameHistory::Kept::Kept(const Event& from) : event(from) {
  for (Part part : from.parts) {
    if (part.kind != PartKind::kComm && part.kind != PartKind::kString &&
        part.kind != PartKind::kTask)
      continue;
    part.data = bytes.emplace_back(part.data);
    parts.push_back(part);
  }
  event.parts = parts;
}

Result<std::unique_ptr<NameHistory>> NameHistory::read(
    const TraceReader& trace, const OneOf<std::string>& names) {
  std::unique_ptr<NameHistory> history(new NameHistory(trace));
  if (!TRY(history->has_start_times())) return {nullptr};
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

// Gives the events that are about names, of chunks that were not read before.
// What threads call themselves is not what their process is called.
Result<TraceReader> NameHistory::open(Question question) {
  question.types = types_of(is_about_names);
  const auto choose = [this](const ColumnChunk& chunk,
                             std::vector<uint32_t>& wanted) {
    if (!chunks_.insert(chunk.chunk).second) return;
    enum : uint8_t { kNobody, kLeader, kThread };
    std::vector<uint8_t> most;
    for (const Descriptor* each : chunk.types)
      most.push_back(!is_about_names(each->effect) ? kNobody
                     : is_of_leaders(each->effect) ? kLeader
                                                   : kThread);
    for (uint32_t i = 0; i < chunk.events; ++i) {
      const uint8_t who = most[chunk.type[i]];
      if (who == kNobody) continue;
      const TaskKey& task = chunk.tasks[chunk.task[i]];
      if (who == kThread || task.pid == task.tid) wanted.push_back(i);
    }
  };
  return trace_.again({.columns = kColumnsOfNames,
                       .question = std::move(question),
                       .screen = Screen{kColumnTask, choose}});
}

// Keeps what the chunks that may answer tell of names. False: damage.
Result<bool> NameHistory::keep(Question question) {
  TraceReader& reader = readers_.emplace_back(TRY(open(std::move(question))));
  const bool is_first = readers_.size() == 1;
  while (true) {
    const auto item = TRY(reader.next());
    if (!item) return !reader.is_damaged();
    if (item.snapshot && is_first)
      snapshots_.emplace_back(item.position, *item.snapshot);
    if (item.event) kept_.try_emplace(item.position, *item.event);
  }
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
  for (const auto& [at, snapshot] : snapshots_)
    for (const ProcessState& process : snapshot.processes)
      if (is_wanted(process.comm)) pids_->insert(process.task.pid);
  for (const auto& [at, kept] : kept_)
    for (const Part& part : kept.parts)
      if (part.kind != PartKind::kTask && is_wanted(part.data))
        pids_->insert(kept.event.pid);
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
      for (const auto& [at, kept] : kept_) {
        const Part* child = kept.event.part(kReturnArg, PartKind::kTask);
        if (!child || !pids_->contains(kept.event.pid)) continue;
        const uint32_t pid = read_part<TaskPart>(*child).pid;
        if (!pids_->insert(pid).second) continue;
        fresh.insert(pid);
        is_growing = true;
      }
  }
  return true;
}

void NameHistory::apply_kept() {
  auto snapshot = snapshots_.begin();
  const auto apply_until = [&](Position at) {
    for (; snapshot != snapshots_.end() && snapshot->first < at; ++snapshot)
      apply(snapshot->second, snapshot->first);
  };
  for (const auto& [at, kept] : kept_) {
    apply_until(at);
    if (pids_->contains(kept.event.pid)) apply(kept.event, at);
  }
  apply_until({UINT32_MAX, UINT32_MAX});
  kept_.clear();
  snapshots_.clear();
  readers_.clear();
}

// Of everybody, as they come.
Result<bool> NameHistory::follow_all() {
  TraceReader reader = TRY(open({}));
  while (true) {
    const auto item = TRY(reader.next());
    if (!item) return !reader.is_damaged();
    if (item.snapshot) apply(*item.snapshot, item.position);
    if (item.event) apply(*item.event, item.position);
  }
}

void NameHistory::apply(const Snapshot& snapshot, Position at) {
  viewer_.apply(snapshot);
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

}  // namespace vestige::filter
