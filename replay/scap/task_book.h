// SPDX-License-Identifier: Apache-2.0
//
// What events of .scap files repeat of a task and ours do not: who its parent
// is, what it runs. Follows a trace's snapshots and task events.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "format/event.h"
#include "format/snapshot.h"

namespace vestige {

struct TaskFacts {
  TaskPart ids = {};
  uint32_t uid = 0, gid = 0;  // effective
  uint64_t cap_inheritable = 0, cap_permitted = 0, cap_effective = 0;
  std::string comm;
  std::string exe;   // argv[0]
  std::string args;  // argv[1] on, each ended by NUL
  std::string env;
  std::string cwd;
  std::string exe_path;
  uint64_t exe_inode = 0;
  Layer exe_layer = Layer::kUnknown;
};

class TaskBook {
 public:
  void apply(const Snapshot& snapshot);
  void apply(const Event& event);
  // What is known of the task; its ids at least.
  [[nodiscard]] const TaskFacts& find(uint32_t pid, uint32_t tid);

 private:
  void on_fork(const Event& event);
  void on_exec(const Event& event);

  std::unordered_map<uint32_t, TaskFacts> tasks_;  // by tid
};

// argv as .scap files have it: the first string, and the rest.
void set_argv(std::string_view strings, TaskFacts& facts);

}  // namespace vestige
