// SPDX-License-Identifier: Apache-2.0
#include "replay/instant_files.h"

#include <algorithm>
#include <map>

namespace vestige {
namespace {

class Standings {
 public:
  void tell_open(Reconstructor& state);
  void tell(const Facts& facts);
  std::vector<FileStanding> take();

 private:
  void set(const FileRow& row, std::string_view path, FileState state,
           std::string_view to = {});
  void tell(const FileRow& row);

  std::map<std::string_view, FileStanding> by_path_;
};

void Standings::tell_open(Reconstructor& state) {
  for (Process& process : state.tree().all()) {
    if (!process.is_live || !process.fds || !process.row.is_selected) continue;
    process.fds->for_each([&](int, const FdTable::Entry& entry) {
      const OpenFile& file = *entry.file;
      if (file.kind != OpenFileKind::kFile && file.kind != OpenFileKind::kMemfd)
        return;
      FileStanding& standing = by_path_[file.path];
      standing.certainty = file.certainty;
      if (file.is_deleted) standing.state = FileState::kDeleted;
      auto& holders = standing.open_by;
      if (holders.empty() || holders.back() != process.row.id)
        holders.push_back(process.row.id);
    });
  }
}

void Standings::set(const FileRow& row, std::string_view path, FileState state,
                    std::string_view to) {
  FileStanding& standing = by_path_[path];
  if (standing.since_ns > row.seen.last_ns) return;
  // What was made here and then written is still what was made here.
  const bool stays =
      state == FileState::kChanged && standing.state == FileState::kCreated;
  standing.state = stays ? FileState::kCreated : state;
  standing.to = to;
  standing.certainty = row.path_certainty;
  standing.by = row.process;
  standing.since_ns = row.seen.last_ns;
  standing.at = row.seen.last;
}

void Standings::tell(const FileRow& row) {
  switch (row.op) {
    case FileOp::kCreate:
    case FileOp::kMkdir:
    case FileOp::kMknod:
    case FileOp::kSymlink:
    case FileOp::kMemfd: return set(row, row.path, FileState::kCreated);
    case FileOp::kLink: return set(row, row.to, FileState::kCreated);
    case FileOp::kWrite:
    case FileOp::kTruncate:
    case FileOp::kMapWrite:
      // To a file without a name: whoever has the name now is another.
      if (!row.is_deleted) set(row, row.path, FileState::kChanged);
      return;
    case FileOp::kDelete:
    case FileOp::kRmdir: return set(row, row.path, FileState::kDeleted);
    case FileOp::kExchange:
      set(row, row.path, FileState::kChanged);
      return set(row, row.to, FileState::kChanged);
    case FileOp::kRename:
      set(row, row.path, FileState::kRenamed, row.to);
      return set(row, row.to, FileState::kCreated);
    default: return;
  }
}

void Standings::tell(const Facts& facts) {
  std::vector<const FileRow*> rows;
  for (const FileRow& row : facts.files)
    if (row.error == 0 &&
        (row.path.starts_with('/') || row.op == FileOp::kMemfd))
      rows.push_back(&row);
  std::ranges::stable_sort(rows, {}, [](const FileRow* row) {
    return std::pair(row->seen.last_ns, row->seen.last);
  });
  for (const FileRow* row : rows) tell(*row);
}

std::vector<FileStanding> Standings::take() {
  std::vector<FileStanding> out;
  for (auto& [path, standing] : by_path_) {
    standing.path = path;
    out.push_back(std::move(standing));
  }
  return out;
}

}  // namespace

std::string_view file_state_text(FileState state) {
  switch (state) {
    case FileState::kOpen: return "open";
    case FileState::kCreated: return "created";
    case FileState::kChanged: return "changed";
    case FileState::kDeleted: return "deleted";
    case FileState::kRenamed: return "renamed";
  }
  return "";
}

std::vector<FileStanding> file_standings(Reconstructor& state) {
  Standings standings;
  standings.tell_open(state);
  const Facts facts = state.finish();
  standings.tell(facts);
  return standings.take();
}

}  // namespace vestige
