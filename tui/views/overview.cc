// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "tui/finding_text.h"
#include "tui/page_view.h"
#include "tui/views/views.h"

namespace vestige::tui {
namespace {

constexpr size_t kLabelColumns = 15;

class Overview : public PageView {
 public:
  using PageView::PageView;

  [[nodiscard]] std::string title() const override { return "Overview"; }

 protected:
  [[nodiscard]] std::vector<Line> lines(int width) const override;
  // One wants to go into the first thing that stands out.
  [[nodiscard]] size_t first_line(
      const std::vector<Line>& lines) const override {
    const auto found = std::ranges::find_if(
        lines, [](const Line& line) { return line.subject.index() != 0; });
    return found == lines.end() ? 0 : found - lines.begin();
  }

 private:
  void add_identity(std::vector<Line>& out) const;
  void add_numbers(std::vector<Line>& out) const;
  void add_activity(std::vector<Line>& out, int width) const;
  void add_findings(std::vector<Line>& out) const;
  void add_highlights(std::vector<Line>& out) const;
  [[nodiscard]] Line loss_line() const;
  [[nodiscard]] const Finding& worst_finding() const;
};

std::string_view or_unknown(std::string_view text) {
  return text.empty() ? "unknown" : text;
}

void Overview::add_identity(std::vector<Line>& out) const {
  const Case& data = session_.data();
  const TraceHeader& header = data.header();
  // What the agent knew at the end includes what it knew at the start.
  const ContainerInfo& last = data.end().container;
  const ContainerInfo& box =
      last.id.empty() && last.name.empty() ? header.container : last;
  Line container =
      Line::field("Container",
                  std::string(or_unknown(box.name.empty() ? box.id : box.name)),
                  Style::kStrong);
  const auto add = [&](std::string_view label, std::string_view value) {
    if (value.empty() || value == box.name) return;
    container.spans.push_back({fmt::format("  {}", label), Style::kDim});
    container.spans.push_back({std::string(value)});
  };
  add("", box.runtime);
  add("image ", box.image);
  add("id ", std::string_view(box.id).substr(0, 12));
  out.push_back(std::move(container));
  out.push_back(Line::field(
      "Host", fmt::format("{}  Linux {} {}", or_unknown(header.host_name),
                          or_unknown(header.kernel_release), header.machine)));
  const TimeRange whole = session_.whole();
  Line captured = Line::field(
      "Captured",
      fmt::format("{}  for {}", session_.date_time_text(whole.from_ns),
                  duration_text(whole.to_ns - whole.from_ns)));
  captured.spans.push_back(
      !data.is_whole() ? Span{"  so far", Style::kWarning}
      : data.is_complete()
          ? Span{fmt::format("  {}", end_reason_text(data.end().reason)),
                 Style::kDim}
          : Span{"  no end record", Style::kBad});
  out.push_back(std::move(captured));
}

Line Overview::loss_line() const {
  uint64_t missing = 0, other = 0;
  bool is_unknown = false;
  for (const Loss& loss : session_.data().facts().losses) {
    const bool is_events = info(loss.reason).severity == LossSeverity::kEvents;
    if (is_events) missing += loss.count;
    if (is_events && loss.count == 0) is_unknown = true;
    if (!is_events) other += loss.count;
  }
  if (missing == 0 && other == 0 && !is_unknown) {
    return session_.data().is_whole()
               ? Line::field("Losses", "none", Style::kGood)
               : Line::field("Losses", "none so far");
  }
  std::string text;
  if (is_unknown) {
    text = "events missing, how many is not known";
  } else if (missing > 0) {
    text = count_text(missing) + " events missing";
  }
  if (other > 0) {
    if (!text.empty()) text += ", ";
    text += count_text(other) + " details missing";
  }
  return Line::field("Losses", text + "  (8 tells)",
                     missing || is_unknown ? Style::kBad : Style::kWarning);
}

const Finding& Overview::worst_finding() const {
  return *std::ranges::min_element(
      session_.findings(), {},
      [](const Finding& one) { return one.rule->priority; });
}

void Overview::add_numbers(std::vector<Line>& out) const {
  const Facts& facts = session_.data().facts();
  const auto execs = std::ranges::count(facts.execs, 0, &ExecRow::error);
  uint64_t errors = 0;
  for (const TypeCount& type : session_.data().types()) errors += type.errors;
  out.push_back(Line::field(
      "Seen",
      fmt::format("{} events ({} failed)  {} processes  {} programs run  "
                  "{} files  {} connections",
                  count_text(session_.data().events()), count_text(errors),
                  count_text(facts.processes.size()),
                  count_text(static_cast<uint64_t>(execs)),
                  count_text(session_.insights().files().size()),
                  count_text(facts.connections.size()))));
  out.push_back(loss_line());
  if (const FindingsPass* pass = session_.findings_pass()) {
    std::string text = findings_by_priority(session_.findings());
    if (!pass->is_done()) text += " so far";
    const bool has_some = !session_.findings().empty();
    if (has_some) text += "; " + worst_finding().rule->name;
    if (!pass->problem().empty()) text = pass->problem();
    out.push_back(Line::field("Findings", text + "  (0 tells)",
                              has_some ? Style::kWarning : Style::kGood));
  }
}

void Overview::add_activity(std::vector<Line>& out, int width) const {
  const int parts = width - static_cast<int>(kLabelColumns);
  if (parts < 10) return;
  out.push_back({});
  for (int i = 0; i < kCategories; ++i) {
    const auto category = static_cast<Category>(i);
    const std::vector<double> counts =
        session_.activity().counts(category, parts);
    const double largest = *std::ranges::max_element(counts);
    out.push_back(Line::field(category_title(category),
                              density_bars(counts, largest, session_.charset),
                              category_style(category)));
  }
}

Style kind_style(StandsOut kind) {
  switch (kind) {
    case StandsOut::kDroppedAndRun:
    case StandsOut::kKilled: return Style::kBad;
    case StandsOut::kNewExecutable:
    case StandsOut::kDeleted:
    case StandsOut::kEmptied: return Style::kWriteFile;
    case StandsOut::kContact:
    case StandsOut::kListener: return Style::kNetwork;
    case StandsOut::kPrivilege:
    case StandsOut::kProcessControl:
    case StandsOut::kRefused: return Style::kWarning;
  }
  return Style::kPlain;
}

// The most severe ones; the view of findings has all.
void Overview::add_findings(std::vector<Line>& out) const {
  constexpr size_t kMost = 8;
  std::vector<const Finding*> worst;
  for (const Finding& one : session_.findings()) {
    if (session_.is_shown(one.time_ns, one.time_ns) &&
        session_.passes(EventRef{one.at, one.process, one.time_ns})) {
      worst.push_back(&one);
    }
  }
  if (worst.empty()) return;
  std::ranges::stable_sort(
      worst, {}, [](const Finding* one) { return one->rule->priority; });
  out.push_back({});
  out.push_back(Line::heading("What the rules found"));
  const size_t left_out = worst.size() - std::min(worst.size(), kMost);
  worst.resize(worst.size() - left_out);
  for (const Finding* one : worst) {
    std::string label(priority_text(one->rule->priority));
    label.resize(kLabelColumns + 1, ' ');
    Line line{.subject = EventRef{one->at, one->process, one->time_ns}};
    line.spans = {{session_.time_text(one->time_ns) + "  ", Style::kDim},
                  {std::move(label), priority_style(one->rule->priority)},
                  {one->rule->name},
                  {"  by " + session_.process_text(one->process), Style::kDim}};
    line.indent = kTimeColumns + 2 + static_cast<int>(kLabelColumns) + 1;
    out.push_back(std::move(line));
  }
  if (left_out > 0) {
    out.push_back(
        Line::text(fmt::format("... and {} more", left_out), Style::kDim));
  }
}

void Overview::add_highlights(std::vector<Line>& out) const {
  const Insights& insights = session_.insights();
  out.push_back({});
  out.push_back(Line::heading("What stands out"));
  const size_t before = out.size();
  for (const Highlight& one : insights.highlights()) {
    if (!session_.is_shown(one.time_ns, one.time_ns)) continue;
    if (!session_.passes(one.subject)) continue;
    std::string label(stands_out_text(one.kind));
    label.resize(kLabelColumns + 1, ' ');
    Line line{.subject = one.subject};
    line.spans = {{session_.time_text(one.time_ns) + "  ", Style::kDim},
                  {std::move(label), kind_style(one.kind)},
                  {one.text}};
    if (one.process != ProcessId::kNone) {
      line.spans.push_back(
          {"  by " + session_.process_text(one.process), Style::kDim});
    }
    line.indent = kTimeColumns + 2 + static_cast<int>(kLabelColumns) + 1;
    out.push_back(std::move(line));
  }
  if (out.size() == before) {
    out.push_back(
        Line::text(session_.data().is_whole() ? "nothing" : "nothing so far",
                   Style::kDim));
  }
  if (insights.left_out() > 0) {
    out.push_back(Line::text(fmt::format("... and {} more of the same kinds",
                                         count_text(insights.left_out())),
                             Style::kWarning));
  }
}

std::vector<Line> Overview::lines(int width) const {
  std::vector<Line> out;
  add_identity(out);
  add_numbers(out);
  add_activity(out, width);
  add_highlights(out);
  // Below, for they come later: nothing one looks at moves then.
  add_findings(out);
  return out;
}

}  // namespace

std::unique_ptr<View> make_overview(Session& session) {
  return std::make_unique<Overview>(session);
}

}  // namespace vestige::tui
