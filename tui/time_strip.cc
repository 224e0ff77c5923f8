// SPDX-License-Identifier: Apache-2.0
#include "tui/time_strip.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tui/activity.h"

namespace vestige::tui {
namespace {

struct Layout {
  std::string from, to;  // labels
  int start = 0;         // first column of bars
  int parts = 0;         // columns of bars
};

Layout lay_out(const Session& session, int width) {
  // A delta makes no sense here; the clock without fractions is enough.
  const auto label = [&](uint64_t ns) {
    const std::string text = session.time_text(ns);
    return text.substr(0, text.find('.'));
  };
  const TimeRange whole = session.whole();
  Layout layout{label(whole.from_ns), label(whole.to_ns)};
  layout.start = static_cast<int>(layout.from.size()) + 2;
  layout.parts = width - layout.start - static_cast<int>(layout.to.size()) - 2;
  return layout;
}

int part_at(const Session& session, int parts, uint64_t ns) {
  const TimeRange whole = session.whole();
  const auto length = static_cast<double>(whole.to_ns - whole.from_ns);
  if (length <= 0 || ns <= whole.from_ns) return 0;
  const double share = static_cast<double>(ns - whole.from_ns) / length;
  return std::min(parts - 1, static_cast<int>(share * parts));
}

struct Bars {
  std::vector<double> total;
  std::vector<Style> styles;
};

Bars make_bars(const Activity& activity, int parts) {
  Bars bars{std::vector<double>(parts, 0.0),
            std::vector<Style>(parts, Style::kDim)};
  for (int i = kCategories - 1; i >= 0; --i) {
    const auto category = static_cast<Category>(i);
    const std::vector<double> counts = activity.counts(category, parts);
    for (int part = 0; part < parts; ++part) {
      if (counts[part] <= 0) continue;
      bars.total[part] += counts[part];
      bars.styles[part] = category_style(category);
    }
  }
  return bars;
}

}  // namespace

void draw_time_strip(Screen& screen, int y, const Session& session,
                     uint64_t selected_ns) {
  const Layout layout = lay_out(session, screen.width());
  const int start = layout.start, parts = layout.parts;
  if (parts <= 0) return;
  screen.put(1, y, layout.from, Style::kDim, screen.width());
  screen.put(start + parts + 1, y, layout.to, Style::kDim, screen.width());
  const Bars bars = make_bars(session.activity(), parts);
  const double largest = *std::ranges::max_element(bars.total);
  const TimeRange shown = session.shown();
  const int first = part_at(session, parts, shown.from_ns);
  const int last = part_at(session, parts, shown.to_ns);
  for (int part = 0; part < parts; ++part) {
    const bool is_shown = part >= first && part <= last;
    const int level = activity_level(bars.total[part], largest);
    if (session.range && is_shown && level == 0) {
      screen.put(start + part, y, Glyph::kHorizontal, Style::kStrong);
      continue;
    }
    screen.put(start + part, y, level_glyph(level),
               is_shown ? bars.styles[part] : Style::kDim);
  }
  for (const Finding& finding : session.findings()) {
    const bool is_severe = finding.rule->priority <= Priority::kError;
    screen.put(start + part_at(session, parts, finding.time_ns), y,
               Glyph::kWarning, is_severe ? Style::kBad : Style::kWarning);
  }
  for (const Bookmark& bookmark : session.bookmarks.all()) {
    screen.put(start + part_at(session, parts, bookmark.time_ns), y,
               Glyph::kMark, Style::kMarked);
  }
  if (selected_ns != 0) {
    screen.select(start + part_at(session, parts, selected_ns), y, 1);
  }
}

uint64_t time_at_column(const Session& session, int screen_width, int x) {
  const Layout layout = lay_out(session, screen_width);
  const int part = x - layout.start;
  if (part < 0 || part >= layout.parts) return 0;
  const TimeRange whole = session.whole();
  const auto length = static_cast<double>(whole.to_ns - whole.from_ns);
  return whole.from_ns +
         static_cast<uint64_t>(length * (part + 0.5) / layout.parts);
}

}  // namespace vestige::tui
