// SPDX-License-Identifier: Apache-2.0
#include "tui/list_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "tui/decoration.h"
#include "tui/filter_words.h"

namespace vestige::tui {
namespace {

// Of a cell that is searched or sorted by; names can be a megabyte.
constexpr size_t kSearchedBytes = 4096;
constexpr size_t kSortedBytes = 256;

}  // namespace

Step done(std::string message) {
  return {.kind = Step::Kind::kDone, .message = std::move(message)};
}

Step open_view(std::unique_ptr<View> view) {
  return {.kind = Step::Kind::kOpen, .view = std::move(view)};
}

SortKey ListView::sort_key(size_t row, size_t column) const {
  return cell(row, column).text.substr(0, kSortedBytes);
}

void ListView::arrange(std::vector<uint32_t>& shown) const {
  for (uint32_t row = 0; row < rows(); ++row) {
    if (is_allowed(row) && row_matches(row, filter_)) shown.push_back(row);
  }
}

bool ListView::row_matches(size_t row, std::string_view lower) const {
  if (lower.empty()) return true;
  for (size_t id = 0; id < std::max(set_.size(), columns().size()); ++id) {
    const CellText text = text_at(row, id);
    const std::string_view head =
        std::string_view(text.text).substr(0, kSearchedBytes);
    if (lower_case(head).find(lower) != std::string::npos) return true;
  }
  return false;
}

void ListView::rebuild() {
  if (!absent_ && selected_row()) absent_ = Absent{*selected_row(), selected_};
  shown_.clear();
  if (!is_endless()) {
    arrange(shown_);
    sort_shown();
  }
  is_built_ = true;
  if (!absent_) {
    selected_ = top_ = 0;
  } else if (is_endless() ||
             std::ranges::find(shown_, absent_->row) != shown_.end()) {
    select_row(absent_->row);
    absent_.reset();
  } else {
    move_to(static_cast<int64_t>(absent_->line));
  }
}

void ListView::sort_shown() {
  if (sort_column_ < 0) return;
  struct Keyed {
    SortKey key;
    uint32_t row;
  };
  std::vector<Keyed> keyed;
  keyed.reserve(shown_.size());
  for (const uint32_t row : shown_) {
    keyed.push_back({key_at(row, static_cast<size_t>(sort_column_)), row});
  }
  std::ranges::stable_sort(keyed, [this](const Keyed& a, const Keyed& b) {
    return is_descending_ ? b.key < a.key : a.key < b.key;
  });
  for (size_t i = 0; i < keyed.size(); ++i) shown_[i] = keyed[i].row;
}

std::vector<std::string> View::clauses() const {
  return tui::clauses(session_, subject());
}

void ListView::refresh() {
  is_built_ = false;
}

void ListView::reload(const Facts& before) {
  const Facts& now = session_.data().facts();
  if (!is_outdated_) {
    const auto row = selected_row();
    outdated_ = row ? subject_of(*row) : Subject();
  }
  outdated_ = moved(before, now, outdated_);
  is_outdated_ = true;
}

void ListView::settle() {
  adopt_columns();
  if (!is_outdated_) {
    if (!is_built_) rebuild();
    return;
  }
  is_outdated_ = false;
  absent_.reset();
  const bool sees_top = top_ == 0;
  const size_t distance = selected_ - std::min(top_, selected_);
  collect();
  if (is_endless()) return;
  rebuild();
  if (outdated_.index() == 0 || !select_subject(outdated_)) return;
  const bool stays = sees_top && selected_ < static_cast<size_t>(page_);
  top_ = stays ? 0 : selected_ - std::min(distance, selected_);
}

std::optional<size_t> ListView::selected_row() const {
  if (selected_ >= line_count()) return std::nullopt;
  return row_at(selected_);
}

std::optional<size_t> ListView::row_above(size_t row) const {
  if (drawing_ == 0 || drawing_ >= line_count() || row_at(drawing_) != row) {
    return std::nullopt;
  }
  return row_at(drawing_ - 1);
}

void ListView::select_row(size_t row) {
  if (is_endless()) {
    move_to(static_cast<int64_t>(row));
    return;
  }
  const auto found = std::ranges::find(shown_, row);
  if (found != shown_.end()) {
    move_to(found - shown_.begin());
    return;
  }
  move_to(static_cast<int64_t>(std::min(selected_, line_count())));
}

bool ListView::select_subject(const Subject& subject) {
  if (!is_built_) rebuild();
  absent_.reset();
  for (size_t line = 0; line < line_count(); ++line) {
    if (subject_of(row_at(line)) != subject) continue;
    move_to(static_cast<int64_t>(line));
    return true;
  }
  return false;
}

std::vector<uint32_t> ListView::shown() const {
  std::vector<uint32_t> rows = shown_;
  std::ranges::sort(rows);
  return rows;
}

Subject ListView::subject() const {
  const auto row = selected_row();
  return row ? subject_of(*row) : Subject{};
}

std::string ListView::line_text() const {
  const auto row = selected_row();
  std::string line;
  for (size_t column = 0; row && column < columns().size(); ++column) {
    const std::string text = cell(*row, column).text;
    if (text.empty()) continue;
    if (!line.empty()) line += "  ";
    line += std::string_view(text).substr(0, kSortedBytes);
  }
  return line;
}

bool ListView::search(std::string_view text, int direction) {
  return search_within(text, direction, SIZE_MAX);
}

bool ListView::search_within(std::string_view text, int direction,
                             size_t most) {
  search_ = lower_case(text);
  absent_.reset();
  if (search_.empty() || line_count() == 0) return false;
  const size_t count = line_count();
  for (size_t i = direction == 0 ? 0 : 1; i <= std::min(count, most); ++i) {
    const size_t line = direction < 0 ? (selected_ + count - i % count) % count
                                      : (selected_ + i) % count;
    if (!row_matches(row_at(line), search_)) continue;
    move_to(static_cast<int64_t>(line));
    return true;
  }
  return false;
}

bool ListView::filter(std::string_view text) {
  filter_ = lower_case(text);
  rebuild();
  return true;
}

void ListView::move_to(int64_t line) {
  const auto last = static_cast<int64_t>(line_count()) - 1;
  selected_ = static_cast<size_t>(std::max<int64_t>(0, std::min(line, last)));
  const auto page = static_cast<size_t>(std::max(page_, 1));
  if (selected_ < top_) top_ = selected_;
  if (selected_ >= top_ + page) top_ = selected_ - page + 1;
}

void ListView::sort_by(int column, bool descending) {
  sort_column_ = column;
  is_descending_ = descending;
}

size_t ListView::line_count() const {
  return is_endless() ? rows() : shown_.size();
}

size_t ListView::row_at(size_t line) const {
  return is_endless() ? line : shown_[line];
}

// Through the columns that are shown.
void ListView::step_sort(int direction) {
  const auto slots = set_.slots();
  const int count = static_cast<int>(slots.size());
  const auto id = static_cast<size_t>(sort_column_);
  const auto now = std::ranges::find(slots, id, &ColumnSet::Slot::id);
  const int old = now == slots.end() ? 0 : int(now - slots.begin()) + 1;
  // One more place than columns: the view's own order.
  const int place = (old + direction + count + 1) % (count + 1);
  sort_column_ = place == 0 ? -1 : int(slots[size_t(place) - 1].id);
  is_descending_ =
      place > 0 && set_.at(size_t(sort_column_)).align == Align::kRight;
  rebuild();
}

bool ListView::step_mark() {
  for (size_t i = 1; i <= line_count(); ++i) {
    const size_t line = (selected_ + i) % line_count();
    const std::string key =
        subject_key(session_.data().facts(), subject_of(row_at(line)));
    if (!session_.bookmarks.find(key)) continue;
    move_to(static_cast<int64_t>(line));
    return true;
  }
  return false;
}

Step ListView::open_row(size_t row) {
  return {.kind = Step::Kind::kFollow, .subject = subject_of(row)};
}

Step ListView::act(Action action) {
  absent_.reset();
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
    case Action::kLeft:
    case Action::kCellLeft: move_cell(-1); return done();
    case Action::kRight:
    case Action::kCellRight: move_cell(+1); return done();
    case Action::kSortNext:
    case Action::kSortPrevious:
      if (is_endless()) return done("this list has one order only");
      step_sort(action == Action::kSortNext ? +1 : -1);
      break;
    case Action::kReverse:
      if (sort_column_ < 0) return done("sort by a column first: > or <");
      is_descending_ = !is_descending_;
      rebuild();
      break;
    case Action::kNextMark:
      return done(step_mark() ? "" : "no bookmark in this view");
    case Action::kOpen: {
      const auto row = selected_row();
      return row ? open_row(*row) : done();
    }
    default: return {};
  }
  if (sort_column_ < 0) return done("in the order of the view");
  return done(fmt::format("sorted by {}, {}", set_.at(sort_column_).title,
                          is_descending_ ? "largest first" : "smallest first"));
}

Step ListView::press(int x, int y, bool is_double) {
  absent_.reset();
  if (y < 1 || top_ + static_cast<size_t>(y) - 1 >= line_count()) return done();
  move_to(static_cast<int64_t>(top_) + y - 1);
  for (size_t i = 0; i < set_.slots().size(); ++i) {
    const auto& slot = set_.slots()[i];
    const int start = kGutter + slot.x - scroll_x_;
    if (x >= start && x < start + slot.width) cell_ = i;
  }
  return is_double ? act(Action::kOpen) : done();
}

std::string ListView::summary() const {
  const size_t total = rows();
  std::string text = line_count() == total
                         ? fmt::format("{} {}", count_text(total), what())
                         : fmt::format("{} of {} {}", count_text(line_count()),
                                       count_text(total), what());
  if (!session_.data().is_whole()) text += " so far";
  if (line_count() > 0) {
    text = fmt::format("line {} of {}", count_text(selected_ + 1), text);
  }
  return text;
}

void ListView::draw(Screen& screen, const Rect& area) {
  page_ = std::max(1, area.height - 1);
  settle();
  move_to(static_cast<int64_t>(selected_));
  if (top_ + static_cast<size_t>(page_) > line_count()) {
    top_ = line_count() > static_cast<size_t>(page_) ? line_count() - page_ : 0;
  }
  width_ = area.width;
  set_.lay_out(width_);
  draw_header(screen, area);
  for (int y = 1; y < area.height; ++y) {
    const size_t line = top_ + static_cast<size_t>(y) - 1;
    if (line >= line_count()) break;
    draw_row(screen, area, area.y + y, line);
  }
  if (line_count() == 0) {
    screen.put(
        area.x + kGutter, area.y + 2,
        is_busy()                     ? "counting"
        : !session_.data().is_whole() ? fmt::format("no {} so far", what())
        : filter_.empty() && !session_.range && !session_.filter()
            ? fmt::format("no {} in this trace", what())
            : fmt::format("no {} match the filter and the time range", what()),
        Style::kDim, area.right());
    return;
  }
  draw_scroll_bar(screen, {area.x, area.y + 1, area.width, page_}, line_count(),
                  selected_);
}

void ListView::draw_header(Screen& screen, const Rect& area) {
  screen.fill({area.x, area.y, area.width, 1}, Style::kHeader);
  for (const ColumnSet::Slot& slot : set_.slots()) {
    const int x = area.x + kGutter + slot.x - scroll_x_;
    if (x < area.x) continue;
    const Column& column = set_.at(slot.id);
    const bool is_key = static_cast<int>(slot.id) == sort_column_;
    std::string title(column.title);
    if (is_key) {
      title +=
          glyph_text(is_descending_ ? Glyph::kDescending : Glyph::kAscending,
                     screen.charset());
    }
    screen.put_field(x, area.y, slot.width, title,
                     is_key ? Style::kHeaderSorted : Style::kHeader,
                     column.align);
  }
}

void ListView::draw_row(Screen& screen, const Rect& area, int y, size_t line) {
  drawing_ = line;
  const size_t row = row_at(line);
  bool has_prefix = false;
  for (const ColumnSet::Slot& slot : set_.slots()) {
    const Column& column = set_.at(slot.id);
    int start = area.x + kGutter + slot.x - scroll_x_, width = slot.width;
    if (start < area.x) continue;
    if (column.weight > 0 && !has_prefix) {
      has_prefix = true;
      const std::string before = prefix(row);
      const int end =
          screen.put(start, y, before, Style::kDim, start + width - 4);
      width -= end - start;
      start = end;
    }
    const CellText text = text_at(row, slot.id);
    screen.put_field(start, y, width, text.text, text.style, column.align,
                     text.elide);
  }
  if (!session_.bookmarks.all().empty() &&
      session_.bookmarks.find(
          subject_key(session_.data().facts(), subject_of(row)))) {
    screen.put(area.x, y, Glyph::kMark, Style::kMarked);
  }
  if (line == selected_) draw_cursor(screen, area, y);
  highlight_text(screen, area, y, search_.empty() ? filter_ : search_);
}

}  // namespace vestige::tui
