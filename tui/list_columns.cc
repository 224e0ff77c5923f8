// SPDX-License-Identifier: Apache-2.0
//
// ListView: its columns and the cell the cursor is on.
#include <fmt/format.h>

#include <algorithm>

#include "tui/filter_words.h"
#include "tui/list_view.h"

namespace vestige::tui {
namespace {

constexpr size_t kSortedBytes = 256;

std::string values_text(FieldType type, const FieldValues& values) {
  std::string text;
  for (const FieldValue& value : values.all()) {
    if (!text.empty()) text += ',';
    text += field_text(type, value);
  }
  return text;
}

}  // namespace

void ListView::adopt_columns() {
  if (!set_.adopt(columns(), session_.columns.of(what()))) return;
  // Fields have other ids now.
  if (sort_column_ < static_cast<int>(columns().size())) return;
  sort_column_ = -1;
  is_built_ = false;
}

// What fields of a row are asked of; facts say more than raw events do.
void ListView::visit_row(size_t row, const RowViews::Visit& visit) const {
  RowViews* const views = session_.row_views();
  const Facts& facts = session_.data().facts();
  const Subject subject = subject_of(row);
  const auto* fact = std::get_if<FactRef>(&subject);
  if (fact && fact->table == FactTable::kFiles) {
    views->visit(RowKind::kFile, fact->index, visit);
    return;
  }
  if (const auto* path = std::get_if<FilePath>(&subject)) {
    const FileSummary* file = session_.insights().file(path->path);
    if (file) views->visit(RowKind::kFile, file->first_row, visit);
    return;
  }
  const Bearings known = bearings(facts, subject);
  if (known.connection != ConnectionId::kNone) {
    views->visit(RowKind::kConnection,
                 static_cast<uint32_t>(known.connection) - 1, visit);
  } else if (known.process != ProcessId::kNone) {
    views->visit(RowKind::kProcess, static_cast<uint32_t>(known.process) - 1,
                 visit);
  }
}

void ListView::read_field(size_t row, size_t id, FieldValues& out) const {
  const filter::BoundOperand* asked = set_.operand(id);
  if (!asked) return;
  visit_row(row, [&](const EventView& view) {
    // Views live for the call, and so does what they tell.
    FieldValues values;
    asked->extract(view, values);
    for (FieldValue value : values.all()) {
      if (!value.text.empty()) {
        out.add_kept(std::string(value.text));
      } else {
        out.add(value);
      }
    }
  });
}

CellText ListView::text_at(size_t row, size_t id) const {
  if (id < columns().size()) return cell(row, id);
  FieldValues values;
  read_field(row, id, values);
  return {values_text(set_.operand(id)->type(), values)};
}

SortKey ListView::key_at(size_t row, size_t id) const {
  if (id < columns().size()) return sort_key(row, id);
  FieldValues values;
  read_field(row, id, values);
  const FieldType type = set_.operand(id)->type();
  if (is_number(type)) {
    return values.empty() ? INT64_MIN : values.all().front().number;
  }
  return values_text(type, values).substr(0, kSortedBytes);
}

std::string ListView::cell_clause() const {
  const auto row = selected_row();
  if (!row || !cell_ || *cell_ >= set_.slots().size()) return {};
  const size_t id = set_.slots()[*cell_].id;
  const filter::BoundOperand* asked = set_.operand(id);
  if (!asked) return {};
  FieldValues values;
  read_field(*row, id, values);
  const std::string name(set_.is_own(id) ? set_.at(id).field
                                         : set_.at(id).title);
  if (values.empty()) return {};
  return value_clause(name, *asked, values.all().front());
}

std::vector<std::string> ListView::clauses() const {
  std::vector<std::string> all = row_clauses();
  std::string nearest = cell_clause();
  if (nearest.empty()) return all;
  std::erase(all, nearest);
  all.insert(all.begin(), std::move(nearest));
  return all;
}

void ListView::move_cell(int direction) {
  const auto slots = set_.slots();
  if (slots.empty()) return;
  if (!cell_) {
    if (direction > 0) cell_ = 0;
  } else if (direction < 0 && *cell_ == 0) {
    cell_.reset();
  } else {
    cell_ = std::min(*cell_ + static_cast<size_t>(direction), slots.size() - 1);
  }
  if (!cell_) {
    scroll_x_ = 0;
    return;
  }
  const ColumnSet::Slot& slot = slots[*cell_];
  const int room = width_ - kGutter - 1;
  if (slot.x < scroll_x_) scroll_x_ = *cell_ == 0 ? 0 : slot.x;
  // Columns are shown whole from the left: the first left out is the next.
  for (size_t i = 0; slot.x + slot.width - scroll_x_ > room && i < *cell_;
       ++i) {
    scroll_x_ = std::max(scroll_x_, slots[i + 1].x);
  }
}

std::vector<Choice> ListView::column_choices() {
  adopt_columns();
  return set_.choices();
}

Result<size_t> ListView::change_columns(ColumnChange change, size_t nth,
                                        const std::string& field) {
  adopt_columns();
  cell_.reset();
  scroll_x_ = 0;
  size_t place = nth;
  switch (change) {
    case ColumnChange::kToggle:
      session_.columns.set(what(), set_.toggled(nth));
      break;
    case ColumnChange::kLeft:
      session_.columns.set(what(), set_.moved(nth, -1));
      place = nth == 0 || nth >= set_.slots().size() ? nth : nth - 1;
      break;
    case ColumnChange::kRight:
      session_.columns.set(what(), set_.moved(nth, +1));
      place = nth + 1 < set_.slots().size() ? nth + 1 : nth;
      break;
    case ColumnChange::kAdd: {
      std::vector<std::string> all = TRY(set_.added(field));
      place = all.size() - 1;
      session_.columns.set(what(), std::move(all));
      break;
    }
    case ColumnChange::kReset: session_.columns.forget(what()); break;
  }
  adopt_columns();
  TRY(session_.columns.save());
  return place;
}

void ListView::draw_cursor(Screen& screen, const Rect& area, int y) const {
  screen.select(area.x, y, area.width - 1);
  if (!cell_ || *cell_ >= set_.slots().size()) return;
  const ColumnSet::Slot& slot = set_.slots()[*cell_];
  const int x = area.x + kGutter + slot.x - scroll_x_;
  screen.unselect(x, y, std::min(slot.width, area.right() - 1 - x));
}

}  // namespace vestige::tui
