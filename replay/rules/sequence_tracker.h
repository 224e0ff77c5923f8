// SPDX-License-Identifier: Apache-2.0
//
// Follows the steps of one sequence through a trace. Bounded: of more than
// kMaxOpen begun ones the oldest are forgotten, and counted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "replay/event_view.h"
#include "replay/rules/rule_set.h"

namespace vestige {

class SequenceTracker {
 public:
  static constexpr size_t kMaxOpen = 65'536;

  // The sequence must outlive the tracker.
  explicit SequenceTracker(const Sequence& sequence) : sequence_(&sequence) {}

  // Tells of an event for which the condition of a step holds. The events of
  // the earlier steps, if this one completes the sequence.
  std::optional<std::vector<Position>> apply(const EventView& view,
                                             size_t step);

  [[nodiscard]] const Sequence& sequence() const { return *sequence_; }
  [[nodiscard]] uint64_t forgotten() const { return forgotten_; }

 private:
  struct Open {
    size_t next_step = 1;
    uint64_t start_ns = 0;
    ProcessId process = ProcessId::kNone;  // of the first step
    std::vector<Position> seen;
  };

  void begin(const EventView& view, const std::string& key);
  Open* find(const EventView& view, const std::string& key, size_t step);
  void make_room(uint64_t now_ns);

  const Sequence* sequence_;
  std::unordered_map<std::string, Open> open_;
  std::string found_;  // key of what find() found
  uint64_t forgotten_ = 0;
};

}  // namespace vestige
