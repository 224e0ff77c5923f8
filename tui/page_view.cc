// SPDX-License-Identifier: Apache-2.0
#include "tui/page_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "tui/decoration.h"

namespace vestige::tui {
namespace {

constexpr int kLabelColumns = 15;
constexpr int kMargin = 2;
// A value may be a megabyte; more than this many lines of it nobody reads.
constexpr size_t kMaxWrappedLines = 100;

// Where to cut a text that is too long: before a word when one begins not
// far back, else right there.
size_t cut_at(std::string_view text) {
  constexpr size_t kLongestWord = 24;
  const size_t space = text.rfind(' ');
  if (space == text.npos || text.size() - space > kLongestWord) {
    return text.size();
  }
  return space + 1;
}

// Cuts a line where it leaves the screen.
void wrap(Line line, int width, Charset charset, std::vector<Line>& out) {
  Line current{.subject = line.subject};
  int column = 0;
  size_t made = 0;
  for (Span& span : line.spans) {
    std::string_view rest = span.text;
    Span piece{.style = span.style};
    while (!rest.empty()) {
      const Cluster cluster = next_cluster(rest, charset);
      if (column + cluster.columns > width && column > line.indent) {
        const size_t cut = cut_at(piece.text);
        std::string carried = piece.text.substr(cut);
        piece.text.resize(cut);
        current.spans.push_back(std::move(piece));
        piece = Span{.style = span.style};
        out.push_back(std::move(current));
        if (++made >= kMaxWrappedLines) {
          out.push_back(Line::text(
              fmt::format("... {} bytes more", rest.size()), Style::kWarning));
          return;
        }
        current = Line{.spans = {{std::string(line.indent, ' ')}},
                       .subject = line.subject};
        column = line.indent + text_columns(carried, charset, width);
        piece.text = std::move(carried);
      }
      piece.text += rest.substr(0, cluster.consumed);
      rest.remove_prefix(cluster.consumed);
      column += cluster.columns;
    }
    current.spans.push_back(std::move(piece));
  }
  out.push_back(std::move(current));
}

bool has_subject(const Line& line) {
  return line.subject.index() != 0;
}

}  // namespace

Line Line::heading(std::string text) {
  return {.spans = {{std::move(text), Style::kSection}}};
}

Line Line::field(std::string_view label, std::string value, Style style,
                 Subject subject) {
  std::string padded(label);
  padded.resize(std::max<size_t>(padded.size() + 1, kLabelColumns), ' ');
  const int indent = static_cast<int>(padded.size());
  return {
      .spans = {{std::move(padded), Style::kDim}, {std::move(value), style}},
      .subject = std::move(subject),
      .indent = indent};
}

Line Line::text(std::string text, Style style) {
  return {.spans = {{std::move(text), style}}};
}

// The line one stands on stays the same, whatever comes before it: keys mean
// the line one saw when one pressed them.
void PageView::build(int width) {
  if (is_built_ && width == width_) return;
  const Place old = is_outdated_ ? outdated_ : place();
  width_ = width;
  is_built_ = true;
  is_outdated_ = false;
  lines_.clear();
  for (Line& line : lines(width - kMargin - 1)) {
    wrap(std::move(line), width - kMargin - 1, session_.charset, lines_);
  }
  if (!is_placed_) {
    selected_ = std::max(selected_, first_line(lines_));
    is_placed_ = std::ranges::any_of(lines_, has_subject);
  } else if (old.subject.index() != 0 && !go_to(old)) {
    selected_ = first_line(lines_);
  }
  move_to(static_cast<int64_t>(selected_));
}

PageView::Place PageView::place() const {
  Place here{.subject = PageView::subject()};
  for (size_t i = 0; i < std::min(selected_, lines_.size()); ++i) {
    if (lines_[i].subject == here.subject) ++here.nth;
  }
  return here;
}

// Selects the last of such lines when there are fewer than before.
bool PageView::go_to(const Place& place) {
  std::optional<size_t> found;
  size_t nth = 0;
  for (size_t i = 0; i < lines_.size() && nth <= place.nth; ++i) {
    if (lines_[i].subject != place.subject) continue;
    found = i;
    ++nth;
  }
  if (found) selected_ = *found;
  return found.has_value();
}

void PageView::reload(const Facts& before) {
  if (!is_outdated_) outdated_ = place();
  outdated_.subject = moved(before, session_.data().facts(), outdated_.subject);
  is_outdated_ = true;
  is_built_ = false;
}

void PageView::settle() {
  build(width_);
}

void PageView::move_to(int64_t line) {
  const auto last = static_cast<int64_t>(lines_.size()) - 1;
  selected_ = static_cast<size_t>(std::max<int64_t>(0, std::min(line, last)));
  const auto page = static_cast<size_t>(std::max(page_, 1));
  if (selected_ < top_) top_ = selected_;
  if (selected_ >= top_ + page) top_ = selected_ - page + 1;
}

void PageView::draw(Screen& screen, const Rect& area) {
  page_ = std::max(1, area.height);
  build(area.width);
  move_to(static_cast<int64_t>(selected_));
  for (int y = 0; y < area.height; ++y) {
    const size_t index = top_ + static_cast<size_t>(y);
    if (index >= lines_.size()) break;
    int x = area.x + kMargin;
    for (const Span& span : lines_[index].spans) {
      x = screen.put(x, area.y + y, span.text, span.style, area.right() - 1);
    }
    if (index == selected_) screen.select(area.x, area.y + y, area.width - 1);
    highlight_text(screen, area, area.y + y, search_);
  }
  draw_scroll_bar(screen, area, lines_.size(), selected_);
}

Step PageView::act(Action action) {
  const auto line = static_cast<int64_t>(selected_);
  switch (action) {
    case Action::kUp: move_to(line - 1); return done();
    case Action::kDown: move_to(line + 1); return done();
    case Action::kPageUp: move_to(line - page_); return done();
    case Action::kPageDown: move_to(line + page_); return done();
    case Action::kHalfUp: move_to(line - page_ / 2); return done();
    case Action::kHalfDown: move_to(line + page_ / 2); return done();
    case Action::kTop: move_to(0); return done();
    case Action::kBottom: move_to(INT64_MAX); return done();
    case Action::kOpen:
      if (selected_ < lines_.size() && has_subject(lines_[selected_])) {
        return {.kind = Step::Kind::kFollow,
                .subject = lines_[selected_].subject};
      }
      return done("this line leads nowhere");
    default: return {};
  }
}

Step PageView::press(int /*x*/, int y, bool is_double) {
  move_to(static_cast<int64_t>(top_) + y);
  return is_double ? act(Action::kOpen) : done();
}

Subject PageView::subject() const {
  return selected_ < lines_.size() ? lines_[selected_].subject : Subject{};
}

std::string PageView::line_text() const {
  std::string text;
  if (selected_ >= lines_.size()) return text;
  for (const Span& span : lines_[selected_].spans) text += span.text;
  return text;
}

std::string PageView::summary() const {
  if (lines_.empty()) return {};
  return fmt::format("line {} of {}", selected_ + 1, lines_.size());
}

bool PageView::search(std::string_view text, int direction) {
  search_ = lower_case(text);
  const size_t count = lines_.size();
  if (search_.empty() || count == 0) return false;
  for (size_t i = direction == 0 ? 0 : 1; i <= count; ++i) {
    const size_t index = direction < 0 ? (selected_ + count - i % count) % count
                                       : (selected_ + i) % count;
    std::string all;
    for (const Span& span : lines_[index].spans) all += span.text;
    if (lower_case(all).find(search_) == std::string::npos) continue;
    move_to(static_cast<int64_t>(index));
    return true;
  }
  return false;
}

}  // namespace vestige::tui
