// SPDX-License-Identifier: Apache-2.0
#include "replay/export/row_views.h"

#include "replay/state/process_tree.h"

namespace vestige {

RowViews::RowViews(const Case& opened) : case_(opened) {
  event_.type.abi = Abi::kKernel;
}

EventView& RowViews::begin(RowKind kind, ProcessId process, uint64_t time_ns,
                           Position at) {
  const Process* const found = case_.tree().get(process);
  event_.time_ns = time_ns;
  event_.pid = event_.tid = found ? found->row.pid : 0;
  event_.process_start_ns = found ? found->row.start_ns : 0;
  view_ = {};
  view_.event = &event_;
  view_.at = at;
  view_.process = found;
  view_.tree = &case_.tree();
  view_.header = &case_.header();
  view_.first_ns = view_.previous_ns = case_.header().start.boot_ns;
  view_.kind = kind;
  view_.seen = &seen_;
  if (found) set_exe(found->row, time_ns);
  return view_;
}

// The program it ran at that time.
void RowViews::set_exe(const ProcessRow& row, uint64_t time_ns) {
  const ExecRow* last = nullptr;
  for (const ExecRow& exec : case_.facts().execs_of(row))
    if (exec.error == 0 && (!last || exec.time_ns <= time_ns)) last = &exec;
  if (!last) return;
  exe_ = {};
  exe_.env = last->env;
  exe_.is_memfd =
      last->exe.starts_with("memfd:") || last->exe.starts_with("/memfd:");
  exe_.has_file = last->inode != 0;
  exe_.file.inode = last->inode;
  exe_.file.dev_major = last->dev_major;
  exe_.file.dev_minor = last->dev_minor;
  exe_.file.layer = last->layer;
  exe_.file.nlink = last->is_deleted ? 0 : 1;
  view_.exe = &exe_;
}

void RowViews::set_connection(const ConnectionRow* connection) {
  if (!connection) return;
  file_ = {};
  file_.kind = OpenFileKind::kSocket;
  file_.certainty = connection->certainty;
  file_.identity.inode = connection->inode;
  view_.file = &file_;
  view_.connection = connection;
}

void RowViews::visit_process(const ProcessRow& row, const Visit& visit) {
  const uint64_t start =
      row.start_ns ? row.start_ns : case_.header().start.boot_ns;
  const uint64_t end = row.end_ns ? row.end_ns : case_.end().end.boot_ns;
  seen_ = {1, start, std::max(start, end), row.at, row.end_at};
  visit(begin(RowKind::kProcess, row.id, start, row.at));
}

void RowViews::visit_file(const FileRow& row, const Visit& visit) {
  seen_ = row.seen;
  begin(RowKind::kFile, row.process, row.seen.first_ns, row.seen.first);
  file_ = {};
  file_.kind = OpenFileKind::kFile;
  file_.certainty = row.path_certainty;
  file_.layer = row.layer;
  file_.is_deleted = row.is_deleted;
  file_.identity = {row.dev_major, row.dev_minor, row.inode};
  file_.path = row.path;
  file_.requested = row.requested;
  view_.file = &file_;
  view_.file_row = &row;
  visit(view_);
}

void RowViews::visit_connection(const ConnectionRow& row, const Visit& visit) {
  const uint64_t end = row.end_ns ? row.end_ns : case_.end().end.boot_ns;
  seen_ = {row.sends + row.receives, row.start_ns, std::max(row.start_ns, end),
           row.at, row.at};
  begin(RowKind::kConnection, row.process, row.start_ns, row.at);
  set_connection(&row);
  visit(view_);
}

void RowViews::visit_message(const MessageRow& row, const Visit& visit) {
  seen_ = {1, row.time_ns, row.time_ns, row.at, row.at};
  begin(RowKind::kMessage, row.process, row.time_ns, row.at);
  set_connection(case_.facts().connection(row.connection));
  view_.message = &row;
  visit(view_);
}

void RowViews::visit_finding(const Finding& finding, const Visit& visit) {
  const auto time_ns = uint64_t(finding.unix_ns - case_.unix_ns(0));
  const FindingRow row = row_of(finding);
  seen_ = {1, time_ns, time_ns, finding.at, finding.at};
  begin(RowKind::kFinding,
        finding.chain.empty() ? ProcessId::kNone : finding.chain[0].id, time_ns,
        finding.at);
  view_.number = finding.event_number;
  view_.finding = &row;
  visit(view_);
}

void RowViews::visit_event(const Event& event, Position at, ProcessId process,
                           const Visit& visit) {
  begin(RowKind::kEvent, process, event.time_ns, at);
  view_.event = &event;
  view_.seen = nullptr;
  visit(view_);
}

void RowViews::visit(RowKind kind, uint32_t row, const Visit& visit) {
  const Facts& facts = case_.facts();
  const auto one = [&](const auto& rows, auto function) {
    if (row < rows.size()) (this->*function)(rows[row], visit);
  };
  switch (kind) {
    case RowKind::kProcess:
      return one(facts.processes, &RowViews::visit_process);
    case RowKind::kFile: return one(facts.files, &RowViews::visit_file);
    case RowKind::kConnection:
      return one(facts.connections, &RowViews::visit_connection);
    case RowKind::kMessage:
      return one(facts.messages, &RowViews::visit_message);
    case RowKind::kEvent:
    case RowKind::kFinding: return;
  }
}

void RowViews::for_each(RowKind kind, const Visit& visit) {
  const Facts& facts = case_.facts();
  switch (kind) {
    case RowKind::kProcess:
      for (const ProcessRow& row : facts.processes) visit_process(row, visit);
      return;
    case RowKind::kFile:
      for (const FileRow& row : facts.files) visit_file(row, visit);
      return;
    case RowKind::kConnection:
      for (const ConnectionRow& row : facts.connections)
        visit_connection(row, visit);
      return;
    case RowKind::kMessage:
      for (const MessageRow& row : facts.messages) visit_message(row, visit);
      return;
    case RowKind::kEvent:
    case RowKind::kFinding: return;
  }
}

}  // namespace vestige
