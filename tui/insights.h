// SPDX-License-Identifier: Apache-2.0
//
// What follows from the facts by looking at them together: one summary per
// path, marks on processes, and what stands out. Made once, off the UI thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "replay/case.h"
#include "tui/subject.h"

namespace vestige::tui {

// All that was done to one path. Failed attempts do not count as done.
struct FileSummary {
  std::string_view path;
  uint64_t first_ns = 0, last_ns = 0;
  uint64_t bytes_read = 0, bytes_written = 0;
  uint64_t count = 0;      // events
  uint64_t failures = 0;   // events that failed
  uint64_t ops = 0;        // 1 << FileOp, of what succeeded
  uint32_t processes = 0;  // how many touched it
  uint32_t first_row = 0;  // of Facts::files
  ProcessId first_process = ProcessId::kNone;
  ProcessId maker = ProcessId::kNone;  // who created or first wrote it
  uint64_t made_ns = 0;                // when; 0: not in this capture
  uint64_t run_ns = 0;                 // first executed; 0: not
  uint64_t deleted_ns = 0;             // last deleted; 0: not
  ProcessId last_deleter = ProcessId::kNone;
  int32_t first_error = 0;  // of the first failure

  [[nodiscard]] bool did(FileOp op) const {
    return (ops >> static_cast<uint32_t>(op) & 1) != 0;
  }
  // Made in this capture and then run.
  [[nodiscard]] bool is_dropped() const {
    return made_ns != 0 && run_ns != 0 && made_ns <= run_ns;
  }
};

struct ProcessMarks {
  uint32_t files = 0;        // rows
  uint32_t connections = 0;  // to or from elsewhere
  uint32_t changes = 0;      // file rows that change something
  bool runs_dropped_file = false;
  bool is_entry = false;  // came into the container from outside
};

enum class StandsOut : uint8_t {
  kDroppedAndRun,
  kNewExecutable,
  kDeleted,  // was there before the capture and was deleted
  kEmptied,
  kContact,
  kListener,
  kPrivilege,
  kProcessControl,  // ptrace, module, namespace
  kKilled,
  kRefused,  // attempts that failed for lack of rights
};
std::string_view stands_out_text(StandsOut kind);

struct Highlight {
  StandsOut kind = StandsOut::kDroppedAndRun;
  uint64_t time_ns = 0;
  Subject subject;
  std::string text;                      // captured bytes
  ProcessId process = ProcessId::kNone;  // whose doing
};

class Insights {
 public:
  explicit Insights(const Case& data);

  [[nodiscard]] const std::vector<FileSummary>& files() const { return files_; }
  // nullptr when nothing was done to the path.
  [[nodiscard]] const FileSummary* file(std::string_view path) const;
  [[nodiscard]] const ProcessMarks& process(ProcessId id) const;
  // By time. At most kMaxHighlights of each kind; the rest are counted.
  [[nodiscard]] const std::vector<Highlight>& highlights() const {
    return highlights_;
  }
  [[nodiscard]] uint64_t left_out() const { return left_out_; }

  static constexpr size_t kMaxHighlights = 200;

 private:
  FileSummary& summary(std::string_view path);
  void count_file_row(const FileRow& row, uint32_t number);
  void count_exec(const ExecRow& row);
  void mark_processes();
  void add(StandsOut kind, uint64_t time_ns, Subject subject, std::string text,
           ProcessId process);
  void find_files();
  void find_network();
  void find_actions();
  void find_ends();

  const Case& data_;
  std::vector<FileSummary> files_;
  std::unordered_map<std::string_view, uint32_t> by_path_;
  std::unordered_map<uint64_t, bool> pairs_;  // (file, process) seen
  std::vector<ProcessMarks> processes_;       // by id
  std::vector<Highlight> highlights_;
  std::vector<size_t> of_kind_;
  uint64_t left_out_ = 0;
};

}  // namespace vestige::tui
