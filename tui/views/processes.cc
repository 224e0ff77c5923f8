// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "tui/describe.h"
#include "tui/tree_list_view.h"
#include "tui/views/views.h"

namespace vestige::tui {
namespace {

enum ColumnIndex : size_t {
  kPid,
  kUser,
  kStart,
  kLived,
  kFilesColumn,
  kChanged,
  kContacts,
  kEnd,
  kCommand,
};
constexpr Column kColumns[] = {
    {"PID", 7, 0, Align::kRight, 0, "proc.pid"},
    {"UID", 5, 0, Align::kRight, 0, "user.uid"},
    {"START", kTimeColumns, 0, Align::kRight},
    {"LIVED", 11, 0, Align::kRight, 100},
    {"FILES", 6, 0, Align::kRight, 110},
    {"CHANGED", 7, 0, Align::kRight, 110},
    {"NET", 4, 0, Align::kRight, 110},
    {"END", 8},
    {"COMMAND", 20, 1, Align::kLeft, 0, "proc.exeline"},
};
constexpr size_t kMaxCommandBytes = 4096;

class Processes : public TreeListView {
 public:
  using TreeListView::TreeListView;

  [[nodiscard]] std::string title() const override { return "Processes"; }

  void go_to(ProcessId id) {
    const auto row = static_cast<uint32_t>(id) - 1;
    if (row < rows()) reveal(row);
    select_subject(Subject(id));
  }

  [[nodiscard]] std::vector<ShownRows> shown_rows() const override {
    return {{.kind = RowKind::kProcess, .rows = shown()}};
  }

 protected:
  [[nodiscard]] size_t rows() const override { return all().size(); }
  [[nodiscard]] std::string_view what() const override { return "processes"; }
  [[nodiscard]] std::span<const Column> columns() const override {
    return kColumns;
  }
  [[nodiscard]] CellText cell(size_t row, size_t column) const override;
  [[nodiscard]] SortKey sort_key(size_t row, size_t column) const override;
  [[nodiscard]] Subject subject_of(size_t row) const override {
    return all()[row].id;
  }
  [[nodiscard]] uint32_t parent_of(uint32_t row) const override {
    const ProcessRow* parent =
        session_.data().facts().process(all()[row].parent);
    return parent ? static_cast<uint32_t>(parent - all().data()) : kNoParent;
  }
  [[nodiscard]] bool is_wanted(size_t row) const override {
    const ProcessRow& process = all()[row];
    return session_.is_shown(process.start_ns,
                             process.end_ns ? process.end_ns : UINT64_MAX);
  }

 private:
  [[nodiscard]] const std::vector<ProcessRow>& all() const {
    return session_.data().facts().processes;
  }
  [[nodiscard]] Style command_style(const ProcessRow& process) const;
  [[nodiscard]] static Style end_style(const ProcessRow& process);
  [[nodiscard]] std::string command(const ProcessRow& process,
                                    size_t row) const;
};

Style Processes::command_style(const ProcessRow& process) const {
  const ProcessMarks& marks = session_.insights().process(process.id);
  if (!process.is_selected) return Style::kDim;
  if (marks.runs_dropped_file) return Style::kDropped;
  if (process.origin == ProcessOrigin::kInferred) return Style::kWarning;
  if (marks.is_entry) return Style::kStrong;
  if (process.exec_count > 0) return Style::kExec;
  return Style::kPlain;
}

Style Processes::end_style(const ProcessRow& process) {
  switch (process.end) {
    case ProcessEnd::kNone: return Style::kGood;
    case ProcessEnd::kExited:
      return process.exit_code == 0 ? Style::kDim : Style::kWarning;
    case ProcessEnd::kKilled: return Style::kBad;
    case ProcessEnd::kInferred: return Style::kWarning;
  }
  return Style::kPlain;
}

std::string Processes::command(const ProcessRow& process, size_t row) const {
  std::string text = process_command(process, kMaxCommandBytes);
  if (is_tree() && is_folded(row) && child_count(row) > 0) {
    text = fmt::format("({} below) {}", child_count(row), text);
  }
  return text;
}

CellText Processes::cell(size_t row, size_t column) const {
  const ProcessRow& process = all()[row];
  const ProcessMarks& marks = session_.insights().process(process.id);
  const auto number = [](uint64_t value) {
    return CellText{value ? count_text(value) : "",
                    value ? Style::kPlain : Style::kDim};
  };
  switch (static_cast<ColumnIndex>(column)) {
    case kPid: return {fmt::format("{}", process.pid)};
    case kUser: {
      if (!process.credentials_known) return {"?", Style::kDim};
      const uint32_t uid = process.credentials.euid;
      return {fmt::format("{}", uid), uid == 0 ? Style::kRoot : Style::kPlain};
    }
    case kStart: {
      const auto above = row_above(row);
      return {session_.time_text(process.start_ns,
                                 above ? all()[*above].start_ns : 0),
              Style::kDim};
    }
    case kLived: {
      if (process.start_ns == 0) return {"?", Style::kDim};
      const uint64_t end =
          process.end_ns ? process.end_ns : session_.whole().to_ns;
      return {
          duration_text(end > process.start_ns ? end - process.start_ns : 0),
          Style::kDim};
    }
    case kFilesColumn: return number(marks.files);
    case kChanged: {
      CellText text = number(marks.changes);
      if (marks.changes) text.style = Style::kWriteFile;
      return text;
    }
    case kContacts: {
      CellText text = number(marks.connections);
      if (marks.connections) text.style = Style::kNetwork;
      return text;
    }
    case kEnd: return {end_text(process), end_style(process)};
    case kCommand: return {command(process, row), command_style(process)};
  }
  return {};
}

SortKey Processes::sort_key(size_t row, size_t column) const {
  const ProcessRow& process = all()[row];
  const ProcessMarks& marks = session_.insights().process(process.id);
  switch (static_cast<ColumnIndex>(column)) {
    case kPid: return static_cast<int64_t>(process.pid);
    case kUser: return static_cast<int64_t>(process.credentials.euid);
    case kStart: return static_cast<int64_t>(process.start_ns);
    case kLived: {
      const uint64_t end =
          process.end_ns ? process.end_ns : session_.whole().to_ns;
      return static_cast<int64_t>(end - process.start_ns);
    }
    case kFilesColumn: return static_cast<int64_t>(marks.files);
    case kChanged: return static_cast<int64_t>(marks.changes);
    case kContacts: return static_cast<int64_t>(marks.connections);
    case kEnd:
    case kCommand: break;
  }
  return ListView::sort_key(row, column);
}

}  // namespace

std::unique_ptr<View> make_processes(Session& session, ProcessId selected) {
  auto view = std::make_unique<Processes>(session);
  if (selected != ProcessId::kNone) {
    view->go_to(selected);
    return view;
  }
  // What is outside of the container is there for context.
  for (const ProcessRow& process : session.data().facts().processes) {
    if (!session.insights().process(process.id).is_entry) continue;
    view->select_subject(process.id);
    break;
  }
  return view;
}

}  // namespace vestige::tui
