// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <unordered_set>

#include "tui/describe.h"
#include "tui/file_ops.h"
#include "tui/list_view.h"
#include "tui/views/views.h"

namespace vestige::tui {
namespace {

enum ColumnIndex : size_t {
  kFirst,
  kOps,
  kBytesRead,
  kBytesWritten,
  kWhoColumn,
  kPathColumn,
};
constexpr Column kColumns[] = {
    {"FIRST", kTimeColumns, 0, Align::kRight},
    {"DONE", kOpLettersColumns},
    {"READ", 6, 0, Align::kRight},
    {"WRITTEN", 7, 0, Align::kRight},
    {"BY", 16, 0, Align::kLeft, 90, "proc.name"},
    {"PATH", 20, 1, Align::kLeft, 0, "fd.name"},
};

class Files : public ListView {
 public:
  Files(Session& session, const Scope& scope)
      : ListView(session), scope_(scope) {
    allow();
  }

  [[nodiscard]] std::string title() const override {
    return "Files" + scope_text(session_, scope_);
  }

  [[nodiscard]] std::vector<ShownRows> shown_rows() const override {
    std::unordered_set<std::string_view> paths;
    for (const uint32_t row : shown()) paths.insert(all()[row].path);
    return {rows_of_paths(session_, paths, scope_.process)};
  }

 protected:
  void collect() override { allow(); }
  [[nodiscard]] size_t rows() const override { return all().size(); }
  [[nodiscard]] std::string_view what() const override { return "files"; }
  [[nodiscard]] std::span<const Column> columns() const override {
    return kColumns;
  }
  [[nodiscard]] CellText cell(size_t row, size_t column) const override;
  [[nodiscard]] SortKey sort_key(size_t row, size_t column) const override;
  [[nodiscard]] Subject subject_of(size_t row) const override {
    return FilePath{all()[row].path};
  }
  [[nodiscard]] bool is_wanted(size_t row) const override {
    const FileSummary& file = all()[row];
    if (scope_.process != ProcessId::kNone && !allowed_.contains(file.path)) {
      return false;
    }
    return session_.is_shown(file.first_ns, file.last_ns);
  }

 private:
  void allow() {
    if (scope_.process == ProcessId::kNone) return;
    for (const FileRow& row : session_.data().facts().files) {
      if (row.process != scope_.process) continue;
      allowed_.insert(row.path);
      if (!row.to.empty()) allowed_.insert(row.to);
    }
  }
  [[nodiscard]] const std::vector<FileSummary>& all() const {
    return session_.insights().files();
  }

  Scope scope_;
  std::unordered_set<std::string_view> allowed_;
};

CellText Files::cell(size_t row, size_t column) const {
  const FileSummary& file = all()[row];
  switch (static_cast<ColumnIndex>(column)) {
    case kFirst: {
      const auto above = row_above(row);
      return {
          session_.time_text(file.first_ns, above ? all()[*above].first_ns : 0),
          Style::kDim};
    }
    case kOps: return {op_letters(file), Style::kDim};
    case kBytesRead:
      return {file.bytes_read ? bytes_text(file.bytes_read) : ""};
    case kBytesWritten:
      return {file.bytes_written ? bytes_text(file.bytes_written) : ""};
    case kWhoColumn: {
      std::string who = session_.process_text(file.first_process);
      if (file.processes > 1) who += fmt::format(" +{}", file.processes - 1);
      return {std::move(who), Style::kDim};
    }
    case kPathColumn:
      return {std::string(file.path), file_style(file), Elide::kStart};
  }
  return {};
}

SortKey Files::sort_key(size_t row, size_t column) const {
  const FileSummary& file = all()[row];
  switch (static_cast<ColumnIndex>(column)) {
    case kFirst: return static_cast<int64_t>(file.first_ns);
    case kBytesRead: return static_cast<int64_t>(file.bytes_read);
    case kBytesWritten: return static_cast<int64_t>(file.bytes_written);
    case kOps:
    case kWhoColumn:
    case kPathColumn: break;
  }
  return ListView::sort_key(row, column);
}

}  // namespace

ShownRows rows_of_paths(const Session& session,
                        const std::unordered_set<std::string_view>& paths,
                        ProcessId process) {
  ShownRows shown{.kind = RowKind::kFile};
  const Rows<FileRow>& files = session.data().facts().files;
  for (uint32_t i = 0; i < files.size(); ++i) {
    const FileRow& row = files[i];
    if (process != ProcessId::kNone && row.process != process) continue;
    if (!session.is_shown(row.seen.first_ns, row.seen.last_ns)) continue;
    if (paths.contains(row.path) || paths.contains(row.to)) {
      shown.rows.push_back(i);
    }
  }
  return shown;
}

std::unique_ptr<View> make_files(Session& session, const Scope& scope) {
  return std::make_unique<Files>(session, scope);
}

}  // namespace vestige::tui
