// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace vestige {

// How many processes of a container the kernel has killed for want of memory:
// memory.events of its v2 cgroup, or memory.oom_control where the memory
// controller is in a v1 hierarchy.
class OomCounter {
 public:
  OomCounter() = default;
  // `directory`: of its v2 cgroup; `pid`: one of its processes, or 0.
  OomCounter(const std::string& directory, pid_t pid);

  // How many more since the last call, or since it was made.
  uint64_t take_new();

 private:
  [[nodiscard]] uint64_t read() const;

  std::string path_;  // empty: no memory controller
  uint64_t last_ = 0;
};

}  // namespace vestige
