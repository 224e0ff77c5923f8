// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "tui/fact_line.h"
#include "tui/list_view.h"
#include "tui/views/views.h"

namespace vestige::tui {
namespace {

enum ColumnIndex : size_t {
  kTimeColumn,
  kProcess,
  kVerb,
  kObject,
  kCount,
  kBytes,
  kResult,
};
constexpr Column kColumns[] = {
    {"TIME", kTimeColumns, 0, Align::kRight},
    {"PROCESS", 16, 0, Align::kLeft, 0, "proc.name"},
    {"DID", 11},
    {"WHAT", 20, 1, Align::kLeft, 0, "fd.name"},
    {"TIMES", 6, 0, Align::kRight, 90},
    {"BYTES", 6, 0, Align::kRight, 90},
    {"RESULT", 8},
};

class Timeline : public ListView {
 public:
  Timeline(Session& session, const Scope& scope);

  [[nodiscard]] std::string title() const override;
  void go_to(const Subject& subject);

  [[nodiscard]] std::vector<ShownRows> shown_rows() const override;

 protected:
  void collect() override;
  [[nodiscard]] size_t rows() const override { return facts_.size(); }
  [[nodiscard]] std::string_view what() const override { return "facts"; }
  [[nodiscard]] std::span<const Column> columns() const override {
    return kColumns;
  }
  [[nodiscard]] CellText cell(size_t row, size_t column) const override;
  [[nodiscard]] SortKey sort_key(size_t row, size_t column) const override;
  [[nodiscard]] Subject subject_of(size_t row) const override {
    return facts_[row];
  }
  [[nodiscard]] bool is_wanted(size_t row) const override {
    const Bearings known = where(row);
    return session_.is_shown(known.first_ns, known.last_ns);
  }
  Step open_row(size_t row) override;

 private:
  [[nodiscard]] bool is_in_scope(const Bearings& known) const;
  [[nodiscard]] Bearings where(size_t row) const {
    return bearings(session_.data().facts(), facts_[row]);
  }

  Scope scope_;
  std::vector<FactRef> facts_;  // by time
};

Timeline::Timeline(Session& session, const Scope& scope)
    : ListView(session), scope_(scope) {
  Timeline::collect();
}

bool Timeline::is_in_scope(const Bearings& known) const {
  if (scope_.process != ProcessId::kNone && known.process != scope_.process) {
    return false;
  }
  if (scope_.connection != ConnectionId::kNone &&
      known.connection != scope_.connection) {
    return false;
  }
  return scope_.path.empty() || known.path == scope_.path;
}

void Timeline::collect() {
  struct Timed {
    uint64_t time_ns;
    Position at;
    FactRef fact;
  };
  const Facts& facts = session_.data().facts();
  std::vector<Timed> all;
  const auto take = [&](FactTable table, size_t index, bool is_wanted) {
    const FactRef fact{table, static_cast<uint32_t>(index)};
    const Bearings known = bearings(facts, fact);
    if (known.first_ns == 0 || !(is_wanted || is_in_scope(known))) return;
    all.push_back({known.first_ns, known.at, fact});
  };
  for (size_t i = 0; i < facts.execs.size(); ++i) {
    take(FactTable::kExecs, i,
         !scope_.path.empty() && facts.execs[i].filename == scope_.path);
  }
  // An exec is told by its own row, with the arguments.
  std::set<Position> told;
  for (const Timed& one : all) told.insert(one.at);
  for (size_t i = 0; i < facts.files.size(); ++i) {
    const FileRow& row = facts.files[i];
    if (row.op == FileOp::kExec && told.contains(row.seen.first)) continue;
    take(FactTable::kFiles, i,
         !scope_.path.empty() && facts.files[i].to == scope_.path);
  }
  for (size_t i = 0; i < facts.net.size(); ++i) take(FactTable::kNet, i, false);
  for (size_t i = 0; i < facts.actions.size(); ++i) {
    take(FactTable::kActions, i, false);
  }
  for (size_t i = 0; i < facts.processes.size() && scope_.path.empty(); ++i) {
    if (facts.processes[i].origin != ProcessOrigin::kSnapshot) {
      take(FactTable::kStarts, i, false);
    }
    if (facts.processes[i].end_ns != 0) take(FactTable::kEnds, i, false);
  }
  std::ranges::stable_sort(all, [](const Timed& a, const Timed& b) {
    return std::tie(a.time_ns, a.at) < std::tie(b.time_ns, b.at);
  });
  facts_.clear();
  facts_.reserve(all.size());
  for (const Timed& one : all) facts_.push_back(one.fact);
}

std::string Timeline::title() const {
  if (scope_.is_everything()) return "Timeline";
  std::string text = scope_text(session_, scope_);
  if (!scope_.path.empty()) return "Life" + text;
  return "Activity" + text;
}

void Timeline::go_to(const Subject& subject) {
  if (select_subject(subject)) return;
  const uint64_t time = bearings(session_.data().facts(), subject).first_ns;
  for (size_t row = 0; time != 0 && row < facts_.size(); ++row) {
    if (where(row).first_ns < time) continue;
    select_subject(facts_[row]);
    return;
  }
}

CellText Timeline::cell(size_t row, size_t column) const {
  if (column == kTimeColumn) {
    const auto above = row_above(row);
    return {session_.time_text(where(row).first_ns,
                               above ? where(*above).first_ns : 0),
            Style::kDim};
  }
  if (column == kProcess) return {session_.process_text(where(row).process)};
  FactLine line = fact_line(session_, facts_[row]);
  switch (static_cast<ColumnIndex>(column)) {
    case kVerb: return {std::string(line.verb), line.style};
    case kObject: {
      // The end of a path tells more than its beginning; not so of commands.
      const bool is_path = facts_[row].table == FactTable::kFiles;
      return {std::move(line.object), line.style,
              is_path ? Elide::kStart : Elide::kEnd};
    }
    case kCount:
      return {line.count > 1 ? count_text(line.count) : "", Style::kDim};
    case kBytes: return {line.bytes ? bytes_text(line.bytes) : ""};
    case kResult:
      return {std::move(line.result),
              line.is_failure ? Style::kBad : Style::kDim};
    case kTimeColumn:
    case kProcess: break;
  }
  return {};
}

SortKey Timeline::sort_key(size_t row, size_t column) const {
  switch (static_cast<ColumnIndex>(column)) {
    case kTimeColumn: return static_cast<int64_t>(where(row).first_ns);
    case kCount:
      return static_cast<int64_t>(fact_line(session_, facts_[row]).count);
    case kBytes:
      return static_cast<int64_t>(fact_line(session_, facts_[row]).bytes);
    case kProcess:
    case kVerb:
    case kObject:
    case kResult: break;
  }
  return ListView::sort_key(row, column);
}

// A process stands for its start, its programs and its end, a connection for
// all that was done with it.
std::vector<ShownRows> Timeline::shown_rows() const {
  const Facts& facts = session_.data().facts();
  std::set<uint32_t> processes, files, connections;
  const auto add_process = [&](ProcessId id) {
    if (id != ProcessId::kNone) processes.insert(static_cast<uint32_t>(id) - 1);
  };
  for (const uint32_t row : shown()) {
    const FactRef fact = facts_[row];
    switch (fact.table) {
      case FactTable::kFiles: files.insert(fact.index); break;
      case FactTable::kNet: {
        const auto id = static_cast<uint32_t>(facts.net[fact.index].connection);
        if (id != 0) connections.insert(id - 1);
        break;
      }
      case FactTable::kExecs:
        add_process(facts.execs[fact.index].process);
        break;
      case FactTable::kActions:
        add_process(facts.actions[fact.index].process);
        break;
      case FactTable::kStarts:
      case FactTable::kEnds: processes.insert(fact.index); break;
    }
  }
  return {
      {.kind = RowKind::kFile, .rows = {files.begin(), files.end()}},
      {.kind = RowKind::kProcess, .rows = {processes.begin(), processes.end()}},
      {.kind = RowKind::kConnection,
       .rows = {connections.begin(), connections.end()}}};
}

Step Timeline::open_row(size_t row) {
  return open_view(make_details(session_, facts_[row]));
}

}  // namespace

std::unique_ptr<View> make_timeline(Session& session, const Scope& scope,
                                    const Subject& selected) {
  auto view = std::make_unique<Timeline>(session, scope);
  if (selected.index() != 0) view->go_to(selected);
  return view;
}

std::string scope_text(const Session& session, const Scope& scope) {
  std::string text;
  if (scope.process != ProcessId::kNone) {
    text += " of " + session.process_text(scope.process);
  }
  if (!scope.path.empty()) text.append(" of ").append(scope.path);
  if (const auto* row = session.data().facts().connection(scope.connection)) {
    text += fmt::format(" of connection {}",
                        endpoint_text(row->remote ? row->remote : row->local));
  }
  return text;
}

}  // namespace vestige::tui
