// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/sequence_tracker.h"

#include <algorithm>

namespace vestige {
namespace {

constexpr int kMaxGenerations = 64;

std::string process_key(ProcessId id) {
  return std::to_string(uint32_t(id));
}

bool descends_from(const EventView& view, ProcessId ancestor) {
  for (int i = 0; i < kMaxGenerations; ++i) {
    const Process* const process = view.ancestor(i);
    if (!process) return false;
    if (process->row.id == ancestor) return true;
  }
  return false;
}

}  // namespace

std::optional<std::vector<Position>> SequenceTracker::apply(
    const EventView& view, size_t step) {
  if (!view.process) return std::nullopt;
  const Sequence::Step& wanted = sequence_->steps[step];
  std::string key;
  if (wanted.key) {
    const FieldText field = field_of(view, *wanted.key);
    if (!field.has_value || field.text.empty()) return std::nullopt;
    key = field.text;
  }
  if (step == 0) {
    begin(view, wanted.key ? key : process_key(view.process->row.id));
    return std::nullopt;
  }
  Open* const open = find(view, key, step);
  if (!open) return std::nullopt;
  if (step + 1 < sequence_->steps.size()) {
    open->seen.push_back(view.at);
    ++open->next_step;
    return std::nullopt;
  }
  std::vector<Position> seen = std::move(open->seen);
  open_.erase(found_);
  return seen;
}

// What has come further already is not thrown back by another beginning.
void SequenceTracker::begin(const EventView& view, const std::string& key) {
  if (open_.size() >= kMaxOpen) make_room(view.event->time_ns);
  Open& open = open_[key];
  const uint64_t now_ns = view.event->time_ns;
  if (open.next_step > 1 && now_ns - open.start_ns <= sequence_->within_ns)
    return;
  open = {1, now_ns, view.process->row.id, {view.at}};
}

SequenceTracker::Open* SequenceTracker::find(const EventView& view,
                                             const std::string& key,
                                             size_t step) {
  const auto fits = [&](const std::string& name) -> Open* {
    const auto at = open_.find(name);
    if (at == open_.end()) return nullptr;
    const uint64_t now_ns = view.event->time_ns;
    Open& open = at->second;
    const bool is_in_time =
        now_ns < open.start_ns ||  // rings do not keep strict order
        now_ns - open.start_ns <= sequence_->within_ns;
    if (open.next_step != step || !is_in_time) return nullptr;
    found_ = name;
    return &open;
  };
  if (sequence_->steps[0].key) {
    Open* const open = fits(key);
    const bool is_in_tree = open && (!sequence_->follows_tree ||
                                     descends_from(view, open->process));
    return is_in_tree ? open : nullptr;
  }
  const int generations = sequence_->follows_tree ? kMaxGenerations : 1;
  for (int i = 0; i < generations; ++i) {
    const Process* const process = view.ancestor(i);
    if (!process) return nullptr;
    if (Open* const open = fits(process_key(process->row.id))) return open;
  }
  return nullptr;
}

void SequenceTracker::make_room(uint64_t now_ns) {
  std::erase_if(open_, [&](const auto& each) {
    return now_ns > each.second.start_ns &&
           now_ns - each.second.start_ns > sequence_->within_ns;
  });
  if (open_.size() < kMaxOpen) return;
  std::vector<uint64_t> starts;
  for (const auto& [key, open] : open_) starts.push_back(open.start_ns);
  const auto middle = starts.begin() + ptrdiff_t(starts.size() / 2);
  std::nth_element(starts.begin(), middle, starts.end());
  forgotten_ += std::erase_if(
      open_, [&](const auto& each) { return each.second.start_ns <= *middle; });
}

}  // namespace vestige
