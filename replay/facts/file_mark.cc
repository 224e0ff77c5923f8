// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/file_mark.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace vestige {
namespace {

constexpr std::string_view kTexts[] = {
#define FILE_MARK(name, text, doc) text,
#include "replay/facts/file_marks.def"
#undef FILE_MARK
};

// Unpacking and copying set times of a moment ago, too.
constexpr int64_t kPast_ns = 3'600'000'000'000;  // one hour

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_history(std::string_view path) {
  static constexpr std::string_view kNames[] = {
      ".bash_history", ".ash_history",    ".sh_history",       ".zsh_history",
      ".history",      ".python_history", ".mysql_history",    ".psql_history",
      ".lesshst",      ".viminfo",        ".rediscli_history", "fish_history"};
  return std::ranges::find(kNames, base_name(path)) != std::end(kNames);
}

bool is_log(std::string_view path) {
  static constexpr std::string_view kNames[] = {"wtmp", "btmp", "utmp",
                                                "lastlog"};
  return path.starts_with("/var/log/") || path.ends_with(".log") ||
         std::ranges::find(kNames, base_name(path)) != std::end(kNames);
}

bool empties(const FileRow& row) {
  return row.op == FileOp::kDelete || row.op == FileOp::kTruncate;
}

class Marks {
 public:
  Marks(const Facts& facts, const ClockPair& start)
      : facts_(facts), start_(start) {}

  std::vector<FileMark> take();

 private:
  void add(const FileRow& row, FileMarkKind kind, Certainty certainty);
  void look_at(const FileRow& row);
  void look_at_times(const FileRow& row);

  const Facts& facts_;
  const ClockPair& start_;
  std::set<std::pair<ProcessId, std::string_view>> made_;  // by whom
  std::map<std::string_view, uint64_t> ran_;               // since when
  std::vector<FileMark> marks_;
};

void Marks::add(const FileRow& row, FileMarkKind kind, Certainty certainty) {
  marks_.push_back({.kind = kind,
                    .certainty = std::max(certainty, row.path_certainty),
                    .process = row.process,
                    .path = row.path,
                    .time_ns = row.seen.last_ns,
                    .at = row.seen.last,
                    .mtime_ns = row.mtime_ns});
}

void Marks::look_at_times(const FileRow& row) {
  const int64_t now_ns =
      start_.unix_ns + int64_t(row.seen.first_ns - start_.boot_ns);
  if (row.has_mtime && row.mtime_ns < now_ns - kPast_ns &&
      !made_.contains({row.process, row.path}))
    add(row, FileMarkKind::kTimestomped, Certainty::kObserved);
}

void Marks::look_at(const FileRow& row) {
  if (row.op == FileOp::kUtimes) return look_at_times(row);
  const bool leads_nowhere =
      row.op == FileOp::kSymlink && row.to == "/dev/null";
  if (is_history(row.path) && (empties(row) || leads_nowhere))
    return add(row, FileMarkKind::kHistoryWiped, Certainty::kObserved);
  if (is_log(row.path) && empties(row) &&
      !made_.contains({row.process, row.path}))
    add(row, FileMarkKind::kLogTruncated, Certainty::kObserved);
  if (row.op == FileOp::kExec &&
      (row.is_deleted || row.path.starts_with("memfd:")))
    return add(row, FileMarkKind::kRunDeleted, Certainty::kObserved);
  if (row.op != FileOp::kDelete) return;
  const auto ran = ran_.find(row.path);
  if (ran != ran_.end() && row.seen.last_ns >= ran->second)
    add(row, FileMarkKind::kRunThenDeleted, Certainty::kInferred);
}

std::vector<FileMark> Marks::take() {
  for (const FileRow& row : facts_.files) {
    if (row.error != 0) continue;
    if (row.op == FileOp::kCreate) made_.emplace(row.process, row.path);
    if (row.op == FileOp::kRename && made_.contains({row.process, row.path}))
      made_.emplace(row.process, row.to);
    if (row.op != FileOp::kExec || row.is_deleted) continue;
    const auto [ran, is_new] = ran_.emplace(row.path, row.seen.first_ns);
    if (!is_new) ran->second = std::min(ran->second, row.seen.first_ns);
  }
  for (const FileRow& row : facts_.files)
    if (row.error == 0) look_at(row);
  std::ranges::stable_sort(marks_, {}, &FileMark::time_ns);
  return std::move(marks_);
}

}  // namespace

std::string_view file_mark_text(FileMarkKind kind) {
  return kTexts[size_t(kind)];
}

std::vector<FileMark> file_marks(const Facts& facts, const ClockPair& start) {
  return Marks(facts, start).take();
}

}  // namespace vestige
