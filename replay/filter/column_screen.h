// SPDX-License-Identifier: Apache-2.0
//
// Which events of a chunk can match a filter, told from few of its columns:
// types, tasks and payload. What it leaves out never matches.
//
// Threads may share it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "format/trace_reader.h"
#include "replay/filter/bounds.h"
#include "replay/filter/name_history.h"

namespace vestige::filter {

class ColumnScreen {
 public:
  // Both must outlive it. names: nullptr when no bound is about names.
  ColumnScreen(const Bounds& bounds, const NameHistory* names)
      : bounds_(bounds), names_(bounds.names ? names : nullptr) {}

  // For ReadOptions; holds a pointer to this.
  [[nodiscard]] Screen screen() const;
  // It leaves everything in.
  [[nodiscard]] bool is_open() const {
    return !bounds_.types && !bounds_.pids && !bounds_.contents && !names_;
  }

 private:
  // Of a task, in one chunk.
  enum class May : uint8_t { kNever, kAlways, kSometimes };

  void choose(const ColumnChunk& chunk, std::vector<uint32_t>& wanted) const;
  [[nodiscard]] bool has_contents(const ColumnChunk& chunk) const;
  [[nodiscard]] bool is_type(const Descriptor& descriptor) const;
  [[nodiscard]] bool is_named(const Process* process) const;
  [[nodiscard]] May may_match(const TaskKey& task, uint32_t chunk) const;

  const Bounds& bounds_;
  const NameHistory* names_;
};

}  // namespace vestige::filter
