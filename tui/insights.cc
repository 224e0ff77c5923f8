// SPDX-License-Identifier: Apache-2.0
#include "tui/insights.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "tui/activity.h"
#include "tui/describe.h"
#include "tui/words.h"

namespace vestige::tui {
namespace {

constexpr uint64_t bit(FileOp op) {
  return uint64_t{1} << static_cast<uint32_t>(op);
}

bool is_making(FileOp op) {
  return op == FileOp::kCreate || op == FileOp::kWrite ||
         op == FileOp::kTruncate || op == FileOp::kMemfd ||
         op == FileOp::kMapWrite;
}

bool is_refusal(int32_t error) {
  return error == EACCES || error == EPERM;
}

uint64_t earliest(uint64_t a, uint64_t b) {
  return a == 0 ? b : b == 0 ? a : std::min(a, b);
}

}  // namespace

std::string_view stands_out_text(StandsOut kind) {
  switch (kind) {
    case StandsOut::kDroppedAndRun: return "dropped and run";
    case StandsOut::kNewExecutable: return "new executable";
    case StandsOut::kDeleted: return "deleted";
    case StandsOut::kEmptied: return "emptied";
    case StandsOut::kContact: return "contact";
    case StandsOut::kListener: return "listens";
    case StandsOut::kPrivilege: return "privileges";
    case StandsOut::kProcessControl: return "control";
    case StandsOut::kKilled: return "killed";
    case StandsOut::kRefused: return "refused";
  }
  return "";
}

Insights::Insights(const Case& data) : data_(data), of_kind_(16, 0) {
  const Facts& facts = data.facts();
  processes_.resize(facts.processes.size() + 1);
  for (uint32_t i = 0; i < facts.files.size(); ++i)
    count_file_row(facts.files[i], i);
  for (const ExecRow& row : facts.execs) count_exec(row);
  pairs_.clear();
  mark_processes();
  find_files();
  find_network();
  find_actions();
  find_ends();
  std::ranges::stable_sort(highlights_, {}, &Highlight::time_ns);
}

FileSummary& Insights::summary(std::string_view path) {
  const auto [place, is_new] =
      by_path_.try_emplace(path, static_cast<uint32_t>(files_.size()));
  if (is_new) files_.push_back({.path = path});
  return files_[place->second];
}

void Insights::count_file_row(const FileRow& row, uint32_t number) {
  FileSummary& file = summary(row.path);
  const auto index = static_cast<uint64_t>(&file - files_.data());
  const auto process = static_cast<uint32_t>(row.process);
  file.first_ns = earliest(file.first_ns, row.seen.first_ns);
  file.last_ns = std::max(file.last_ns, row.seen.last_ns);
  file.count += row.seen.count;
  if (file.first_process == ProcessId::kNone) {
    file.first_process = row.process;
    file.first_row = number;
  }
  if (pairs_.try_emplace(index << 32 | process, true).second) ++file.processes;
  if (process < processes_.size()) ++processes_[process].files;
  if (row.error != 0) {
    file.failures += row.seen.count;
    if (file.first_error == 0) file.first_error = row.error;
    return;
  }
  file.ops |= bit(row.op);
  if (row.op == FileOp::kRead) file.bytes_read += row.bytes;
  if (row.op == FileOp::kWrite) file.bytes_written += row.bytes;
  if (is_making(row.op) &&
      (file.made_ns == 0 || row.seen.first_ns < file.made_ns)) {
    file.made_ns = row.seen.first_ns;
    file.maker = row.process;
  }
  if (row.op == FileOp::kExec) {
    file.run_ns = earliest(file.run_ns, row.seen.first_ns);
  }
  if (row.op == FileOp::kDelete || row.op == FileOp::kRmdir) {
    file.deleted_ns = std::max(file.deleted_ns, row.seen.last_ns);
    file.last_deleter = row.process;
  }
  if (process < processes_.size() && category_of(row.op) == Category::kWrite) {
    ++processes_[process].changes;
  }
  // A name that a rename or link gives counts as made here.
  if ((row.op == FileOp::kRename || row.op == FileOp::kLink) &&
      !row.to.empty()) {
    const bool was_made = file.made_ns != 0;
    FileSummary& target = summary(row.to);
    target.first_ns = earliest(target.first_ns, row.seen.first_ns);
    target.last_ns = std::max(target.last_ns, row.seen.last_ns);
    target.ops |= bit(row.op);
    if (target.first_process == ProcessId::kNone) {
      target.first_process = row.process;
      target.processes = 1;
    }
    if (was_made && target.made_ns == 0) {
      target.made_ns = row.seen.first_ns;
      target.maker = row.process;
    }
  }
}

// A script's own path is in `filename`; `exe` is its interpreter.
void Insights::count_exec(const ExecRow& row) {
  if (row.error != 0) return;
  for (const std::string_view path : {row.filename, row.exe}) {
    const auto found = by_path_.find(path);
    if (found == by_path_.end()) continue;
    FileSummary& file = files_[found->second];
    file.run_ns = earliest(file.run_ns, row.time_ns);
    file.ops |= bit(FileOp::kExec);
    const auto process = static_cast<size_t>(row.process);
    if (file.is_dropped() && process < processes_.size()) {
      processes_[process].runs_dropped_file = true;
    }
  }
}

void Insights::mark_processes() {
  const Facts& facts = data_.facts();
  for (const ConnectionRow& row : facts.connections) {
    const auto process = static_cast<size_t>(row.process);
    if (process < processes_.size() && row.remote) {
      ++processes_[process].connections;
    }
  }
  for (const ProcessRow& row : facts.processes) {
    const ProcessRow* parent = facts.process(row.parent);
    processes_[static_cast<size_t>(row.id)].is_entry =
        row.is_selected && (!parent || !parent->is_selected);
  }
}

const FileSummary* Insights::file(std::string_view path) const {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? nullptr : &files_[found->second];
}

const ProcessMarks& Insights::process(ProcessId id) const {
  const auto index = static_cast<size_t>(id);
  return processes_[index < processes_.size() ? index : 0];
}

void Insights::add(StandsOut kind, uint64_t time_ns, Subject subject,
                   std::string text, ProcessId process) {
  size_t& count = of_kind_[static_cast<size_t>(kind)];
  if (count >= kMaxHighlights) {
    ++left_out_;
    return;
  }
  ++count;
  highlights_.push_back(
      {kind, time_ns, std::move(subject), std::move(text), process});
}

void Insights::find_files() {
  const Facts& facts = data_.facts();
  for (const FileSummary& file : files_) {
    const FilePath subject{file.path};
    if (file.is_dropped()) {
      std::string text(file.path);
      if (file.deleted_ns > file.run_ns) text += "  then deleted";
      add(StandsOut::kDroppedAndRun, file.run_ns, subject, text, file.maker);
    } else if (file.deleted_ns != 0 && file.made_ns == 0 &&
               file.did(FileOp::kDelete)) {
      add(StandsOut::kDeleted, file.deleted_ns, subject, std::string(file.path),
          file.last_deleter);
    }
  }
  for (uint32_t i = 0; i < facts.files.size(); ++i) {
    const FileRow& row = facts.files[i];
    const FactRef subject{FactTable::kFiles, i};
    if (is_refusal(row.error)) {
      add(StandsOut::kRefused, row.seen.first_ns, subject,
          fmt::format("{} {}: {}", file_op_text(row.op), row.path,
                      errno_text(row.error)),
          row.process);
    } else if (row.op == FileOp::kChmod && row.error == 0 &&
               (row.mode & 0111) != 0) {
      const FileSummary* file = this->file(row.path);
      if (file && file->made_ns != 0 && !file->is_dropped()) {
        add(StandsOut::kNewExecutable, row.seen.first_ns, subject,
            std::string(row.path), row.process);
      }
    } else if (row.op == FileOp::kTruncate && row.error == 0 &&
               !row.path.starts_with("/dev/")) {
      const FileSummary* file = this->file(row.path);
      if (file && file->made_ns == row.seen.first_ns) {
        add(StandsOut::kEmptied, row.seen.first_ns, subject,
            std::string(row.path), row.process);
      }
    }
  }
}

void Insights::find_network() {
  for (const ConnectionRow& row : data_.facts().connections) {
    const bool is_inet = row.family == AF_INET || row.family == AF_INET6;
    if (row.direction == Direction::kListening && is_inet) {
      add(StandsOut::kListener, row.start_ns, row.id,
          fmt::format("on {}", endpoint_text(row.local)), row.process);
    } else if (is_inet && row.remote) {
      add(StandsOut::kContact, row.start_ns, row.id, connection_text(row),
          row.process);
    }
  }
}

void Insights::find_actions() {
  const Facts& facts = data_.facts();
  for (uint32_t i = 0; i < facts.actions.size(); ++i) {
    const ActionRow& row = facts.actions[i];
    const FactRef subject{FactTable::kActions, i};
    switch (row.op) {
      case ActionOp::kCredentials:
        add(StandsOut::kPrivilege, row.seen.first_ns, subject,
            action_text(data_.facts(), row), row.process);
        break;
      case ActionOp::kPtrace:
      case ActionOp::kNamespace:
      case ActionOp::kModule:
      case ActionOp::kSystem:
      case ActionOp::kKeys:
        add(StandsOut::kProcessControl, row.seen.first_ns, subject,
            action_text(data_.facts(), row), row.process);
        break;
      case ActionOp::kSignal:
      case ActionOp::kSession:
      case ActionOp::kPrctl:
      case ActionOp::kSandbox: break;
    }
  }
}

void Insights::find_ends() {
  for (const ProcessRow& row : data_.facts().processes) {
    if (row.end != ProcessEnd::kKilled) continue;
    add(StandsOut::kKilled, row.end_ns, row.id,
        fmt::format("{} {} by {}", row.comm, row.pid,
                    signal_text(row.exit_signal)),
        row.killed_by);
  }
}

}  // namespace vestige::tui
