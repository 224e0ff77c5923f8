// SPDX-License-Identifier: Apache-2.0
//
// Which process a thread belongs to: events of .scap files name threads only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "format/parts.h"

namespace vestige {

struct KnownThread {
  uint32_t pid = 0;
  uint32_t ns_tid = 0, ns_pid = 0;  // 0 unknown
  uint32_t session = 0, process_group = 0;
  uint32_t parent_pid = 0;
  bool has_ids = false;  // uid and gid are valid: effective ones
  uint32_t uid = 0, gid = 0;
};

class ThreadTable {
 public:
  // nullptr: nobody told of it.
  [[nodiscard]] KnownThread* find(uint32_t tid);
  KnownThread& add(uint32_t tid, const KnownThread& thread);
  void remove(uint32_t tid);
  void clear();
  // How many threads of a process are known.
  [[nodiscard]] size_t threads_of(uint32_t pid) const;

 private:
  void count(uint32_t pid, int change);

  std::unordered_map<uint32_t, KnownThread> threads_;
  std::unordered_map<uint32_t, size_t> per_process_;
};

// What the file tells of a task; the rest is 0, unknown.
TaskPart task_part(uint32_t tid, const KnownThread& thread);

}  // namespace vestige
