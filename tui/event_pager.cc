// SPDX-License-Identifier: Apache-2.0
#include "tui/event_pager.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace vestige::tui {
namespace {

constexpr size_t kMaxPages = 4;
constexpr std::chrono::milliseconds kLookAgainAfter(100);

KeptEvent keep(const Case& data, const Event& event, Position at) {
  KeptEvent kept{.event = event, .at = at, .process = data.process_of(event)};
  // The event's own descriptor goes when its reader does.
  for (const TypeCount& type : data.types()) {
    if (type.descriptor->type == event.type) {
      kept.event.descriptor = type.descriptor;
    }
  }
  size_t size = 0;
  for (const Part& part : event.parts) size += part.data.size();
  kept.parts.assign(event.parts.begin(), event.parts.end());
  kept.bytes = std::make_unique<char[]>(size);
  char* next = kept.bytes.get();
  for (Part& part : kept.parts) {
    if (part.data.empty()) continue;
    std::memcpy(next, part.data.data(), part.data.size());
    part.data = {next, part.data.size()};
    next += part.data.size();
  }
  kept.event.parts = kept.parts;  // the buffer moves along with the vector
  return kept;
}

}  // namespace

EventPager::EventPager(std::shared_ptr<const LoadedCase> loaded,
                       ProcessId process)
    : loaded_(std::move(loaded)),
      process_(process),
      thread_([this, counted_in = loaded_](const std::stop_token& stop) {
        count(stop, *counted_in);
      }) {}

EventPager::~EventPager() = default;

void EventPager::adopt(std::shared_ptr<const LoadedCase> loaded) {
  loaded_ = std::move(loaded);
  pages_.clear();
}

bool EventPager::is_wanted(const Case& data, const Event& event) const {
  return process_ == ProcessId::kNone || data.process_of(event) == process_;
}

void EventPager::add(Position at) {
  const std::scoped_lock lock(mutex_);
  if (spans_.empty() || spans_.back().chunk != at.chunk) {
    spans_.push_back({at.chunk, counted_.load()});
  }
  ++spans_.back().count;
  ++counted_;
}

// A case that is not whole may be of a file that grows.
void EventPager::count(const std::stop_token& stop, const LoadedCase& loaded) {
  auto reader = TraceReader::open(
      loaded.path(), {.columns = kColumnType | kColumnTask | kColumnTime,
                           .follows = !loaded.data.is_whole()});
  while (reader && !stop.stop_requested()) {
    const auto item = reader->next();
    if (!item) break;
    if (item->event) {
      if (is_wanted(loaded.data, *item->event)) add(item->position);
    } else if (!*item) {
      is_counted_ = true;
      if (loaded.data.is_whole() || reader->is_complete()) break;
      std::this_thread::sleep_for(kLookAgainAfter);
    }
  }
  is_counted_ = true;
}

std::optional<EventPager::ChunkSpan> EventPager::span_of(size_t number) {
  const std::scoped_lock lock(mutex_);
  const auto after =
      std::ranges::upper_bound(spans_, number, {}, &ChunkSpan::first);
  if (after == spans_.begin()) return std::nullopt;
  const ChunkSpan& span = *std::prev(after);
  if (number >= span.first + span.count) return std::nullopt;
  return span;
}

void EventPager::set_filter(std::shared_ptr<const FilterPass> filter) {
  filter_ = std::move(filter);
  pulled_ = 0;
  positions_.clear();
}

// Takes over what the filter has found since.
void EventPager::pull() {
  for (const size_t end = filter_->kept(); pulled_ < end; ++pulled_) {
    const Match match = filter_->match(pulled_);
    if (process_ == ProcessId::kNone || match.process == process_) {
      positions_.push_back(match.at);
    }
  }
}

size_t EventPager::size() {
  if (!filter_) return counted_;
  pull();
  return positions_.size();
}

const KeptEvent* EventPager::at(size_t number) {
  if (filter_) {
    if (number >= positions_.size()) return nullptr;
    const Position wanted = positions_[number];
    const auto& events = page(wanted.chunk).events;
    const auto found =
        std::ranges::lower_bound(events, wanted, {}, &KeptEvent::at);
    return found != events.end() && found->at == wanted ? &*found : nullptr;
  }
  const auto span = span_of(number);
  if (!span) return nullptr;
  const Page& found = page(span->chunk);
  const size_t index = number - span->first;
  return index < found.events.size() ? &found.events[index] : nullptr;
}

size_t EventPager::number_at(Position position) {
  if (filter_) {
    pull();
    const auto found = std::ranges::lower_bound(positions_, position);
    return static_cast<size_t>(found - positions_.begin());
  }
  std::optional<ChunkSpan> span;
  {
    const std::scoped_lock lock(mutex_);
    const auto found =
        std::ranges::lower_bound(spans_, position.chunk, {}, &ChunkSpan::chunk);
    if (found == spans_.end()) return counted_;
    span = *found;
  }
  if (span->chunk != position.chunk) return span->first;
  const Page& found = page(span->chunk);
  const auto event =
      std::ranges::lower_bound(found.events, position, {}, &KeptEvent::at);
  return span->first + static_cast<size_t>(event - found.events.begin());
}

const EventPager::Page& EventPager::page(uint32_t chunk) {
  const auto known = std::ranges::find(pages_, chunk, &Page::chunk);
  if (known != pages_.end()) {
    pages_.splice(pages_.begin(), pages_, known);
    return pages_.front();
  }
  pages_.push_front({.chunk = chunk});
  read_page(pages_.front());
  if (pages_.size() > kMaxPages) pages_.pop_back();
  return pages_.front();
}

bool EventPager::go_to(uint32_t chunk) {
  if (!reader_) {
    auto opened = TraceReader::open(loaded_->path());
    if (!opened) return false;
    reader_.emplace(std::move(opened).value());
  }
  const auto is_there = reader_->seek({chunk, 0});
  return is_there && *is_there;
}

// A page of what cannot be read stays empty.
void EventPager::read_page(Page& page) {
  // A file that grows has chunks that a reader did not know of when it began.
  if (!go_to(page.chunk)) {
    reader_.reset();
    if (!go_to(page.chunk)) return;
  }
  const Case& data = loaded_->data;
  while (true) {
    const auto item = reader_->next();
    if (!item || !*item) return;
    if (!item->event) continue;
    if (item->position.chunk != page.chunk) return;
    if (!is_wanted(data, *item->event)) continue;
    page.events.push_back(keep(data, *item->event, item->position));
  }
}

}  // namespace vestige::tui
