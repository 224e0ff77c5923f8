// SPDX-License-Identifier: Apache-2.0
//
// Raw events by their number, for a list of any length: a thread counts the
// events of every chunk once, then chunks are read when they are looked at.
// Memory is a few bytes per chunk and a few chunks.
//
// The thread is the pager's own; all functions belong to the UI thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "format/trace_reader.h"
#include "tui/filter_pass.h"
#include "tui/loaded_case.h"

namespace vestige::tui {

// An event that outlives its chunk.
struct KeptEvent {
  Event event;  // points into parts and bytes
  Position at;
  ProcessId process = ProcessId::kNone;
  std::vector<Part> parts;
  std::unique_ptr<char[]> bytes;
};

class EventPager {
 public:
  // Events of one process, or of all (kNone).
  EventPager(std::shared_ptr<const LoadedCase> loaded, ProcessId process);
  ~EventPager();
  EventPager(const EventPager&) = delete;
  EventPager& operator=(const EventPager&) = delete;

  // Events counted so far; grows until is_counted().
  [[nodiscard]] size_t size();
  [[nodiscard]] bool is_counted() const {
    return filter_ ? filter_->is_done() && pulled_ == filter_->kept()
                   : is_counted_.load();
  }
  // Only events that it matches; nullptr: all. Numbers change.
  void set_filter(std::shared_ptr<const FilterPass> filter);
  [[nodiscard]] const FilterPass* filter() const { return filter_.get(); }
  // From now on, pages tell what this case knows of processes.
  void adopt(std::shared_ptr<const LoadedCase> loaded);
  // nullptr when the file cannot be read any more. Valid until the chunk is
  // put aside for others: use it at once.
  const KeptEvent* at(size_t number);
  // The first event at this position or after it; size() when there is none
  // among those counted.
  size_t number_at(Position position);

 private:
  struct ChunkSpan {
    uint32_t chunk = 0;
    size_t first = 0;  // number of its first event that is wanted
    size_t count = 0;
  };
  struct Page {
    uint32_t chunk = 0;
    std::vector<KeptEvent> events;  // those wanted, in order
  };

  void count(const std::stop_token& stop, const LoadedCase& loaded);
  void add(Position at);
  void pull();
  [[nodiscard]] bool is_wanted(const Case& data, const Event& event) const;
  [[nodiscard]] std::optional<ChunkSpan> span_of(size_t number);
  const Page& page(uint32_t chunk);
  void read_page(Page& page);
  bool go_to(uint32_t chunk);

  std::shared_ptr<const LoadedCase> loaded_;
  ProcessId process_;
  std::mutex mutex_;  // guards spans_
  std::vector<ChunkSpan> spans_;
  std::atomic<size_t> counted_ = 0;
  std::atomic<bool> is_counted_ = false;
  std::list<Page> pages_;  // last used first
  std::shared_ptr<const FilterPass> filter_;
  size_t pulled_ = 0;                // matches looked at
  std::vector<Position> positions_;  // of those wanted
  std::optional<TraceReader> reader_;
  std::jthread thread_;  // last: uses all above
};

}  // namespace vestige::tui
