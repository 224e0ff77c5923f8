// SPDX-License-Identifier: Apache-2.0
//
// vestige files: who did what to which path.
#include <fmt/format.h>

#include "replay/cli/command.h"
#include "replay/cli/lives.h"
#include "replay/cli/row_json.h"
#include "replay/cli/timeline.h"

namespace vestige::cli {
namespace {

// What every program does when it starts and looks around; told by --all.
bool is_noise(const FileRow& row) {
  switch (row.op) {
    case FileOp::kLookup:
    case FileOp::kReady:
    case FileOp::kMap:
    case FileOp::kChdir:
    case FileOp::kList: return true;
    case FileOp::kOpen:
      // A successful open matters by what is done with the file.
      return row.error == 0 || row.error == ENOENT;
    default: return !row.path.starts_with('/') && row.op != FileOp::kMemfd;
  }
}

Style style_of(const FileRow& row) {
  if (row.error) return Style::kRed;
  switch (row.op) {
    case FileOp::kCreate:
    case FileOp::kWrite:
    case FileOp::kMkdir:
    case FileOp::kMapWrite: return Style::kGreen;
    case FileOp::kDelete:
    case FileOp::kRmdir:
    case FileOp::kTruncate: return Style::kRed;
    case FileOp::kRename:
    case FileOp::kExchange:
    case FileOp::kLink:
    case FileOp::kSymlink:
    case FileOp::kChmod:
    case FileOp::kChown:
    case FileOp::kUtimes: return Style::kYellow;
    case FileOp::kExec: return Style::kCyan;
    default: return Style::kPlain;
  }
}

std::string path_of(const FileRow& row) {
  std::string out(row.path.empty() ? "(unknown)" : row.path);
  if (!row.to.empty()) out.append(" -> ").append(row.to);
  if (row.has_mode) out.append(fmt::format("  0{:03o}", row.mode));
  if (row.op == FileOp::kChown)
    out.append(fmt::format("  {}:{}", int32_t(row.uid), int32_t(row.gid)));
  if (row.is_deleted) out.append("  (deleted)");
  if (row.path_certainty == Certainty::kUnknown) out.append("  (uncertain)");
  return out;
}

}  // namespace

Result<int> run_files(const Options& options) {
  if (!options.life.empty()) return run_for_each(options, print_lives);
  if (options.marks) return run_for_each(options, print_marks);
  const std::vector<Case> cases = TRY(open_cases(options));
  Timeline timeline(cases, {{"PROCESS"},
                            {"OP"},
                            {"RESULT"},
                            {"COUNT", Align::kRight},
                            {"BYTES", Align::kRight},
                            {"PATH"}});
  uint64_t hidden = 0;
  for (const Case& opened : cases)
    for (const FileRow& row : opened.facts().files) {
      if (!is_wanted(options, row.process)) continue;
      if (options.json) {
        timeline.add(opened, row.seen.first_ns, file_json(opened, row));
      } else if (!options.all && is_noise(row)) {
        ++hidden;
      } else {
        timeline.add(
            opened, row.seen.first_ns,
            {{process_label(opened.facts(), row.process)},
             {std::string(file_op_text(row.op)), style_of(row)},
             {result_text(row.error), row.error ? Style::kRed : Style::kDim},
             {count_text(opened, row.seen)},
             {row.bytes ? size_text(row.bytes) : ""},
             {path_of(row)}});
      }
    }
  timeline.print(options);
  for (const Case& opened : cases) print_gaps(opened);
  if (hidden)
    fmt::print(stderr,
               "vestige: {} rows of lookups, opens, mappings and pipes are "
               "not shown: --all\n",
               hidden);
  return 0;
}

}  // namespace vestige::cli
