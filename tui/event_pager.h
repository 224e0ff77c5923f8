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
#include "replay/case.h"

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
  // Events of one process, or of all (kNone). The case must outlive this.
  EventPager(const Case& data, ProcessId process);
  ~EventPager();
  EventPager(const EventPager&) = delete;
  EventPager& operator=(const EventPager&) = delete;

  // Events counted so far; grows until is_counted().
  [[nodiscard]] size_t size() const { return counted_.load(); }
  [[nodiscard]] bool is_counted() const { return is_counted_.load(); }
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

  void count(std::stop_token stop);
  [[nodiscard]] bool is_wanted(const Event& event) const;
  [[nodiscard]] std::optional<ChunkSpan> span_of(size_t number);
  const Page& page(uint32_t chunk);
  void read_page(Page& page);

  const Case& data_;
  ProcessId process_;
  std::mutex mutex_;  // guards spans_
  std::vector<ChunkSpan> spans_;
  std::atomic<size_t> counted_ = 0;
  std::atomic<bool> is_counted_ = false;
  std::list<Page> pages_;  // last used first
  std::optional<TraceReader> reader_;
  std::jthread thread_;  // last: uses all above
};

}  // namespace vestige::tui
