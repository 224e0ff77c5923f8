// SPDX-License-Identifier: Apache-2.0
#include "tui/event_pager.h"

#include <algorithm>
#include <cstring>

namespace vestige::tui {
namespace {

constexpr size_t kMaxPages = 4;

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

EventPager::EventPager(const Case& data, ProcessId process)
    : data_(data),
      process_(process),
      thread_([this](std::stop_token stop) { count(std::move(stop)); }) {}

EventPager::~EventPager() = default;

bool EventPager::is_wanted(const Event& event) const {
  return process_ == ProcessId::kNone || data_.process_of(event) == process_;
}

void EventPager::count(std::stop_token stop) {
  auto reader = TraceReader::open(
      data_.path(), {.columns = kColumnType | kColumnTask | kColumnTime});
  while (reader && !stop.stop_requested()) {
    const auto item = reader->next();
    if (!item || !*item) break;
    if (!item->event || !is_wanted(*item->event)) continue;
    const std::scoped_lock lock(mutex_);
    if (spans_.empty() || spans_.back().chunk != item->position.chunk) {
      spans_.push_back({item->position.chunk, counted_.load()});
    }
    ++spans_.back().count;
    ++counted_;
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

const KeptEvent* EventPager::at(size_t number) {
  const auto span = span_of(number);
  if (!span) return nullptr;
  const Page& found = page(span->chunk);
  const size_t index = number - span->first;
  return index < found.events.size() ? &found.events[index] : nullptr;
}

size_t EventPager::number_at(Position position) {
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

// A page of what cannot be read stays empty.
void EventPager::read_page(Page& page) {
  if (!reader_) {
    auto opened = TraceReader::open(data_.path());
    if (!opened) return;
    reader_.emplace(std::move(opened).value());
  }
  const auto is_there = reader_->seek({page.chunk, 0});
  if (!is_there || !*is_there) return;
  while (true) {
    const auto item = reader_->next();
    if (!item || !*item) return;
    if (!item->event) continue;
    if (item->position.chunk != page.chunk) return;
    if (!is_wanted(*item->event)) continue;
    page.events.push_back(keep(data_, *item->event, item->position));
  }
}

}  // namespace vestige::tui
