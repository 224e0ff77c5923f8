// SPDX-License-Identifier: Apache-2.0
//
// vestige at: prints the parts of a state, one way or the other.
#pragma once

#include <string>

#include "format/header.h"
#include "replay/cli/command.h"
#include "replay/cli/json_line.h"
#include "replay/instant.h"

namespace vestige::cli {

class InstantView {
 public:
  // All must outlive the view.
  InstantView(const Options& options, const ClockPair& start,
              const Instant& instant, Reconstructor& state)
      : options_(options), start_(start), instant_(instant), state_(state) {}

  void print_processes();
  void print_descriptors();
  void print_connections();
  void print_mounts();
  // Ends the state.
  void print_files();
  // On stderr: where the answer comes from, when not from the beginning.
  void print_origin() const;

 private:
  template <typename Visit>
  void for_each_process(Visit visit) {
    for (Process& process : state_.tree().all())
      if (process.is_live && process.row.is_selected && process.fds &&
          is_wanted(options_, process.row.id))
        visit(process);
  }
  void print(const Table& table) const {
    table.print(options_.color, options_.wide ? Fit::kWhole : Fit::kCut);
  }
  // An id of a row: only when they were counted from the beginning.
  void add_id(JsonLine& json, std::string_view key, uint32_t id) const;
  void add_time(JsonLine& json, std::string_view key, uint64_t boot_ns) const;
  [[nodiscard]] uint32_t pid_of(ProcessId id) const;
  std::string name_of(const OpenFile& file);
  JsonLine process_line(const Process& process) const;
  JsonLine descriptor_line(const Process& process, int fd,
                           const FdTable::Entry& entry);
  JsonLine connection_line(const ConnectionRow& row) const;

  const Options& options_;
  const ClockPair& start_;
  const Instant& instant_;
  Reconstructor& state_;
};

}  // namespace vestige::cli
