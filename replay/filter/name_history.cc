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
    part.data = bytes.emplace_back(part.data);
    parts.push_back(part);
  }
  event.parts = parts;
}

Result<std::unique_ptr<NameHistory>> NameHistory::read(
    const TraceReader& trace, const OneOf<std::string>& names) {
  std::unique_ptr<NameHistory> history(new NameHistory(trace));
  if (!TRY(history->has_start_times())) return {nullptr};
  const bool is_known =
      names ? TRY(history->find_named(*names)) && TRY(history->find_events())
            : TRY(history->follow_all());
  if (!is_known) return {nullptr};
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

// Gives the events that are about names, of these processes only. What
// threads call themselves is not what their process is called.
Result<TraceReader> NameHistory::open(Question question,
                                      const Pids* pids) const {
  question.types = types_of(is_about_names);
  if (pids) question.pids.assign(pids->begin(), pids->end());
  const auto choose = [pids](const ColumnChunk& chunk,
                             std::vector<uint32_t>& wanted) {
    enum : uint8_t { kNobody, kLeader, kThread };
    std::vector<uint8_t> most, who;
    for (const Descriptor* each : chunk.types)
      most.push_back(!is_about_names(each->effect) ? kNobody
                     : is_of_leaders(each->effect) ? kLeader
                                                   : kThread);
    for (const TaskKey& task : chunk.tasks)
      who.push_back(pids && !pids->contains(task.pid) ? kThread + 1
                    : task.pid == task.tid            ? kLeader
                                                      : kThread);
    for (uint32_t i = 0; i < chunk.events; ++i)
      if (who[chunk.task[i]] <= most[chunk.type[i]]) wanted.push_back(i);
  };
  return trace_.again({.columns = kColumnsOfNames,
                       .question = std::move(question),
                       .screen = Screen{kColumnTask, choose}});
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
  TraceReader reader = TRY(open(std::move(question), nullptr));
  pids_.emplace();
  while (true) {
    const auto item = TRY(reader.next());
    if (!item) return !reader.is_damaged();
    if (item.snapshot) {
      snapshots_.emplace_back(item.position, *item.snapshot);
      for (const ProcessState& process : item.snapshot->processes)
        if (is_wanted(process.comm)) pids_->insert(process.task.pid);
    }
    if (!item.event) continue;
    for (const Part& part : item.event->parts) {
      const bool is_text =
          part.kind == PartKind::kComm || part.kind == PartKind::kString;
      if (is_text && is_wanted(part.data)) pids_->insert(item.event->pid);
    }
  }
}

// Children that processes of the set have made join it, generation by
// generation; what gives them all names is kept. False: damage.
Result<bool> NameHistory::find_events() {
  std::deque<TraceReader> readers;  // the descriptors of the events are theirs
  Pids fresh = *pids_;
  while (!fresh.empty()) {
    TraceReader& reader = readers.emplace_back(TRY(open({}, &fresh)));
    Pids next;
    while (true) {
      const auto item = TRY(reader.next());
      if (!item) break;
      if (!item.event) continue;
      kept_.emplace(item.position, *item.event);
      const Part* child = item.event->part(kReturnArg, PartKind::kTask);
      if (!child) continue;
      const uint32_t pid = read_part<TaskPart>(*child).pid;
      if (pids_->insert(pid).second) next.insert(pid);
    }
    if (reader.is_damaged()) return false;
    fresh = std::move(next);
  }
  auto snapshot = snapshots_.begin();
  for (const auto& [at, kept] : kept_) {
    for (; snapshot != snapshots_.end() && snapshot->first < at; ++snapshot)
      apply(snapshot->second, snapshot->first);
    apply(kept.event, at);
  }
  for (; snapshot != snapshots_.end(); ++snapshot)
    apply(snapshot->second, snapshot->first);
  kept_.clear();
  snapshots_.clear();
  return true;
}

// Of everybody, as they come.
Result<bool> NameHistory::follow_all() {
  TraceReader reader = TRY(open({}, nullptr));
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
