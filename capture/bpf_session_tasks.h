// SPDX-License-Identifier: Apache-2.0
//
// Reads tasks and their open files out of the kernel's own structures, through
// BPF iterators (bpf/snapshot.bpf.c).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "format/result.h"

namespace vestige {

class TaskIterators {
 public:
  // kSystem with the kernel's reason when it refuses. What read() needs later
  // is CAP_BPF alone.
  static Result<TaskIterators> open();
  TaskIterators(TaskIterators&&) noexcept;
  TaskIterators& operator=(TaskIterators&&) noexcept;
  ~TaskIterators();

  // Hands over records (bpf/raw_record.h): of each task in this cgroup (v2) or
  // below it, then of each of their open files. The bytes are valid during the
  // call. `breathe` is called between portions of some 100 records.
  using Sink = std::function<void(std::span<const std::byte>)>;
  Result<void> read(uint64_t cgroup_id, const Sink& sink,
                    const std::function<void()>& breathe) const;

 private:
  struct State;
  explicit TaskIterators(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vestige
