// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "tui/page_view.h"
#include "tui/views/views.h"

namespace vestige::tui {
namespace {

Style severity_style(LossSeverity severity) {
  switch (severity) {
    case LossSeverity::kEvents: return Style::kBad;
    case LossSeverity::kDetail: return Style::kWarning;
    case LossSeverity::kContext: return Style::kPlain;
  }
  return Style::kPlain;
}

std::string_view severity_text(LossSeverity severity) {
  switch (severity) {
    case LossSeverity::kEvents: return "events are missing";
    case LossSeverity::kDetail: return "parts of events are missing";
    case LossSeverity::kContext: return "context is missing";
  }
  return "";
}

// More than this nobody reads line by line; the rest are counted.
constexpr size_t kMaxLosses = 1000;

class Losses : public PageView {
 public:
  using PageView::PageView;

  [[nodiscard]] std::string title() const override { return "Losses"; }

 protected:
  [[nodiscard]] std::vector<Line> lines(int width) const override;

 private:
  void add_loss(const Loss& loss, std::vector<Line>& out) const;
  void add_gaps(std::vector<Line>& out) const;
  [[nodiscard]] std::vector<Loss> told_at_end_only() const;
};

void Losses::add_loss(const Loss& loss, std::vector<Line>& out) const {
  const LossReasonInfo& reason = info(loss.reason);
  Line line =
      Line::field(reason.text,
                  loss.count ? count_text(loss.count) : "how many is not known",
                  severity_style(reason.severity));
  line.spans[0].style = severity_style(reason.severity);
  line.spans[0].text.resize(22, ' ');
  line.indent = 22;
  line.spans.push_back(
      {fmt::format("  {}", severity_text(reason.severity)), Style::kDim});
  out.push_back(std::move(line));
  if (loss.from_ns != 0 || loss.to_ns != 0) {
    out.push_back(Line::text(fmt::format("    from {} to {}",
                                         session_.date_time_text(loss.from_ns),
                                         session_.date_time_text(loss.to_ns))));
  }
  if (!loss.where.empty()) out.push_back(Line::text("    at " + loss.where));
  out.push_back(Line::text("    " + std::string(reason.meaning), Style::kDim));
}

std::vector<Loss> Losses::told_at_end_only() const {
  std::vector<Loss> only = session_.data().end().losses;
  for (const Loss& known : session_.data().facts().losses) {
    std::erase_if(
        only, [&](const Loss& loss) { return loss.reason == known.reason; });
  }
  return only;
}

void Losses::add_gaps(std::vector<Line>& out) const {
  const Gaps& gaps = session_.data().facts().gaps;
  const auto add = [&](uint64_t count, std::string_view text) {
    if (count == 0) return;
    out.push_back(
        Line::field(count_text(count), std::string(text), Style::kWarning));
  };
  const size_t before = out.size();
  add(gaps.unknown_descriptors, "events on a descriptor never seen made");
  add(gaps.unknown_paths, "paths relative to a directory not known");
  add(gaps.unknown_types, "events of a type nobody describes");
  add(gaps.inferred_processes, "processes known only by what they did");
  if (out.size() == before) out.push_back(Line::text("none", Style::kGood));
}

std::vector<Line> Losses::lines(int /*width*/) const {
  std::vector<Line> out;
  const auto section = [&](std::string title, const std::vector<Loss>& losses) {
    out.push_back(Line::heading(std::move(title)));
    if (losses.empty()) out.push_back(Line::text("none", Style::kGood));
    for (size_t i = 0; i < losses.size() && i < kMaxLosses; ++i) {
      add_loss(losses[i], out);
    }
    if (losses.size() > kMaxLosses) {
      out.push_back(
          Line::text(fmt::format("... and {} more", losses.size() - kMaxLosses),
                     Style::kWarning));
    }
    out.push_back({});
  };
  if (!session_.data().is_whole()) {
    out.push_back(
        Line::text("Only a part of the trace has been read.", Style::kWarning));
    out.push_back({});
  } else if (!session_.data().is_complete()) {
    out.push_back(Line::text(
        "The trace has no end record: the agent was stopped hard, the file "
        "was cut, or it is still being written.",
        Style::kBad));
    out.push_back({});
  }
  section("Missing from the trace", session_.data().facts().losses);
  section("Told by the end record only", told_at_end_only());
  out.push_back(Line::heading("Not to be said, although the events are there"));
  add_gaps(out);
  return out;
}

}  // namespace

std::unique_ptr<View> make_losses(Session& session) {
  return std::make_unique<Losses>(session);
}

}  // namespace vestige::tui
