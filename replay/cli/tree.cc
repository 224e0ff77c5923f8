// SPDX-License-Identifier: Apache-2.0
//
// vestige tree: who started whom, what they ran, how they ended.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "format/errno_text.h"
#include "format/escape.h"
#include "replay/cli/command.h"
#include "replay/cli/row_json.h"

namespace vestige::cli {
namespace {

std::string command_line(const ProcessRow& row) {
  if (row.argv.empty()) return fmt::format("({})", row.comm);
  std::string out;
  for (const std::string_view text : split_strings(row.argv)) {
    if (!out.empty()) out.push_back(' ');
    out.append(text);
  }
  return out;
}

Cell end_of(const Facts& facts, const ProcessRow& row) {
  switch (row.end) {
    case ProcessEnd::kNone: return {"-", Style::kDim};
    case ProcessEnd::kInferred: return {"ended?", Style::kDim};
    case ProcessEnd::kExited:
      return {fmt::format("exit {}", row.exit_code),
              row.exit_code ? Style::kYellow : Style::kPlain};
    case ProcessEnd::kKilled: break;
  }
  std::string text = signal_name(row.exit_signal);
  if (row.killed_by != ProcessId::kNone)
    text += " by " + process_label(facts, row.killed_by);
  return {std::move(text), Style::kRed};
}

class Tree {
 public:
  explicit Tree(const Case& opened) : case_(opened) {
    for (const ProcessRow& row : opened.facts().processes)
      if (is_shown(row)) children_[row.parent].push_back(&row);
    for (auto& [parent, rows] : children_)
      std::ranges::stable_sort(rows, {}, &ProcessRow::start_ns);
  }

  void print(const Options& options) {
    add_below(ProcessId::kNone, "", 0);
    table_.print(options.color, options.wide ? Fit::kWhole : Fit::kCut);
  }

 private:
  // What was only told for context matters where something stands below it.
  bool is_shown(const ProcessRow& row) const {
    if (row.is_selected) return true;
    return std::ranges::any_of(
        case_.facts().processes, [&](const ProcessRow& other) {
          return other.parent == row.id && &other != &row;
        });
  }

  void add_below(ProcessId parent, const std::string& indent, int depth) {
    const auto found = children_.find(parent);
    if (found == children_.end()) return;
    const std::vector<const ProcessRow*> rows = std::move(found->second);
    children_.erase(found);  // so that a loop of parents ends
    for (const ProcessRow* row : rows) {
      const bool is_last = row == rows.back();
      const bool is_root = depth == 0;
      add_row(*row, indent + (is_root ? "" : is_last ? "└─ " : "├─ "));
      // Deeper levels move no further to the right.
      const bool is_deep = depth > kMaxIndent;
      add_below(
          row->id,
          is_root || is_deep ? indent : indent + (is_last ? "   " : "│  "),
          depth + 1);
    }
  }

  void add_row(const ProcessRow& row, const std::string& branch) {
    const bool is_inferred = row.origin == ProcessOrigin::kInferred;
    std::string what = branch + command_line(row);
    const auto execs = case_.facts().execs_of(row);
    if (execs.empty() && row.origin == ProcessOrigin::kFork)
      what = branch + fmt::format("({})", row.comm);
    if (is_inferred) what += "  [start not seen]";
    for (const ExecRow& exec : execs)
      if (exec.error)
        what +=
            fmt::format("  [{}: {}]", exec.filename, errno_name(exec.error));
    const Style style = !row.is_selected ? Style::kDim
                        : is_inferred    ? Style::kYellow
                                         : Style::kPlain;
    table_.add({{clock_text(case_.unix_ns(row.start_ns)), Style::kDim},
                {fmt::format("{}", uint32_t(row.id)), Style::kDim},
                {fmt::format("{}", row.pid)},
                {row.ns_pid ? fmt::format("{}", row.ns_pid) : "-"},
                {row.credentials_known ? fmt::format("{}", row.credentials.euid)
                                       : "?"},
                end_of(case_.facts(), row),
                {std::move(what), style}});
  }

  static constexpr int kMaxIndent = 64;
  const Case& case_;
  std::map<ProcessId, std::vector<const ProcessRow*>> children_;
  Table table_{{{"START"},
                {"ID", Align::kRight},
                {"PID", Align::kRight},
                {"NSPID", Align::kRight},
                {"UID", Align::kRight},
                {"END"},
                {"COMMAND"}}};
};

}  // namespace

Result<int> run_tree(const Options& options) {
  const std::vector<Case> cases =
      TRY(open_cases(options, kAllColumns & ~uint32_t(kColumnPayload)));
  for (const Case& opened : cases) {
    const std::string label = trace_label(opened.header());
    if (options.json) {
      for (const ProcessRow& row : opened.facts().processes) {
        if (!is_wanted(options, row.id)) continue;
        JsonLine json = process_json(opened, row);
        if (cases.size() > 1) json.text("source", label);
        json.print();
      }
    } else {
      if (cases.size() > 1) fmt::print("{}:\n", escaped(label));
      Tree(opened).print(options);
    }
    print_gaps(opened);
  }
  return 0;
}

}  // namespace vestige::cli
