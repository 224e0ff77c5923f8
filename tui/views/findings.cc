// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "tui/finding_text.h"
#include "tui/list_view.h"
#include "tui/views/views.h"

namespace vestige::tui {
namespace {

enum ColumnIndex : size_t {
  kTimeColumn,
  kPriority,
  kRule,
  kProcess,
  kMessage,
};
constexpr Column kColumns[] = {
    {"TIME", kTimeColumns, 0, Align::kRight},
    {"PRIORITY", 9},
    {"RULE", 22, 1},
    {"PROCESS", 16, 0, Align::kLeft, 100, "proc.name"},
    {"MESSAGE", 20, 2},
};

class FindingList : public ListView {
 public:
  using ListView::ListView;

  [[nodiscard]] std::string title() const override { return "Findings"; }
  [[nodiscard]] std::string summary() const override;

  [[nodiscard]] std::vector<ShownRows> shown_rows() const override {
    return {{.kind = RowKind::kFinding, .rows = shown()}};
  }

 protected:
  [[nodiscard]] size_t rows() const override { return all().size(); }
  [[nodiscard]] std::string_view what() const override { return "findings"; }
  [[nodiscard]] std::span<const Column> columns() const override {
    return kColumns;
  }
  [[nodiscard]] CellText cell(size_t row, size_t column) const override;
  [[nodiscard]] SortKey sort_key(size_t row, size_t column) const override;
  [[nodiscard]] Subject subject_of(size_t row) const override {
    const Finding& one = all()[row];
    return EventRef{one.at, one.process, one.time_ns};
  }
  [[nodiscard]] bool is_wanted(size_t row) const override {
    return session_.is_shown(all()[row].time_ns, all()[row].time_ns);
  }
  void visit_row(size_t row, const RowViews::Visit& visit) const override {
    session_.row_views()->visit_finding(all()[row], visit);
  }
  Step open_row(size_t row) override {
    return open_view(make_page(session_, "Finding", subject_of(row),
                               finding_details(session_, all()[row])));
  }

 private:
  [[nodiscard]] const std::vector<Finding>& all() const {
    return session_.findings();
  }
};

std::string FindingList::summary() const {
  const FindingsPass* pass = session_.findings_pass();
  std::string text = ListView::summary();
  if (!pass) return text + ", no rules asked";
  if (!pass->problem().empty()) return pass->problem();
  if (pass->found() > all().size() && pass->is_done()) {
    text += fmt::format(" kept of {}", count_text(pass->found()));
  }
  return text + fmt::format("; {} rules asked of {} events", pass->rules(),
                            count_text(pass->events()));
}

CellText FindingList::cell(size_t row, size_t column) const {
  const Finding& one = all()[row];
  switch (static_cast<ColumnIndex>(column)) {
    case kTimeColumn: {
      const auto above = row_above(row);
      return {
          session_.time_text(one.time_ns, above ? all()[*above].time_ns : 0),
          Style::kDim};
    }
    case kPriority:
      return {std::string(priority_text(one.rule->priority)),
              priority_style(one.rule->priority)};
    case kRule: return {one.rule->name, Style::kStrong};
    case kProcess: return {session_.process_text(one.process)};
    case kMessage: return {one.message};
  }
  return {};
}

SortKey FindingList::sort_key(size_t row, size_t column) const {
  const Finding& one = all()[row];
  if (column == kTimeColumn) return static_cast<int64_t>(one.time_ns);
  if (column == kPriority) return static_cast<int64_t>(one.rule->priority);
  return ListView::sort_key(row, column);
}

}  // namespace

std::unique_ptr<View> make_findings(Session& session) {
  return std::make_unique<FindingList>(session);
}

}  // namespace vestige::tui
