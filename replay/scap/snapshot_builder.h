// SPDX-License-Identifier: Apache-2.0
//
// The process list and the descriptor lists of a section as one Snapshot.
#pragma once

#include <unordered_map>
#include <vector>

#include "format/snapshot.h"
#include "replay/scap/process_blocks.h"
#include "replay/scap/thread_table.h"

namespace vestige {

class SnapshotBuilder {
 public:
  // Copies what the views point to; tells the table of the threads.
  void add(const std::vector<ScapThread>& threads, ThreadTable& table);
  void add(const ScapFdList& list, ThreadTable& table);
  [[nodiscard]] bool is_empty() const { return processes_.empty(); }
  // What was added since the last time.
  Snapshot take(uint64_t time_ns);

 private:
  ProcessState& process(uint32_t pid);

  std::vector<ProcessState> processes_;
  std::unordered_map<uint32_t, size_t> index_;
};

}  // namespace vestige
