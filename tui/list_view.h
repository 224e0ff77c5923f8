// SPDX-License-Identifier: Apache-2.0
//
// A table: columns, a selected row, sorting, search, filter as you type. A
// view says what its rows and cells are; see views/.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "replay/export/row_views.h"
#include "tui/column_set.h"
#include "tui/view.h"

namespace vestige::tui {

struct CellText {
  std::string text;  // captured bytes
  Style style = Style::kPlain;
  Elide elide = Elide::kEnd;
};

using SortKey = std::variant<int64_t, std::string>;

class ListView : public View {
 public:
  using View::View;

  [[nodiscard]] std::string summary() const override;
  void draw(Screen& screen, const Rect& area) override;
  Step act(Action action) override;
  Step press(int x, int y, bool is_double) override;
  void refresh() override;
  void reload(const Facts& before) final;
  void settle() final;
  [[nodiscard]] Subject subject() const override;
  [[nodiscard]] std::string line_text() const override;
  bool search(std::string_view text, int direction) override;
  bool filter(std::string_view text) override;
  [[nodiscard]] std::string_view filter_text() const override {
    return filter_;
  }

  [[nodiscard]] std::vector<Choice> column_choices() override;
  Result<size_t> change_columns(ColumnChange change, size_t nth,
                                const std::string& field) override;

  // Of the cell the cursor is on, then of its line.
  [[nodiscard]] std::vector<std::string> clauses() const final;

  // Selects the first row shown about this subject. False: not shown.
  bool select_subject(const Subject& subject);

 protected:
  static constexpr int kGutter = ColumnSet::kGutter;

  // What a view tells. `row` counts the view's own rows, not lines shown.
  [[nodiscard]] virtual size_t rows() const = 0;
  [[nodiscard]] virtual std::span<const Column> columns() const = 0;
  [[nodiscard]] virtual CellText cell(size_t row, size_t column) const = 0;
  [[nodiscard]] virtual SortKey sort_key(size_t row, size_t column) const;
  [[nodiscard]] virtual Subject subject_of(size_t row) const = 0;
  // Whether time range and view allow the row, apart from the filter.
  [[nodiscard]] virtual bool is_wanted(size_t /*row*/) const { return true; }
  [[nodiscard]] bool is_allowed(size_t row) const {
    return is_wanted(row) && session_.passes(subject_of(row));
  }
  // Ancestry drawn before the text of the first column that grows.
  [[nodiscard]] virtual std::string prefix(size_t /*row*/) const { return {}; }
  [[nodiscard]] virtual std::string_view what() const = 0;  // "files"
  // Rows in the order of the view, when not sorted. Default: by index.
  virtual void arrange(std::vector<uint32_t>& shown) const;
  // As search(), looking at so many rows at most.
  bool search_within(std::string_view text, int direction, size_t most);
  virtual Step open_row(size_t row);
  [[nodiscard]] virtual std::vector<std::string> row_clauses() const {
    return View::clauses();
  }
  // The row as fields see it; not called when there is nothing to see.
  virtual void visit_row(size_t row, const RowViews::Visit& visit) const;
  // Takes its rows from the case anew, which knows more now.
  virtual void collect() {}
  // Rows that are too many to be arranged: always all, in their own order.
  [[nodiscard]] virtual bool is_endless() const { return false; }

  [[nodiscard]] std::optional<size_t> selected_row() const;
  [[nodiscard]] std::optional<size_t> row_above(size_t row) const;
  // The view's own rows that are shown, rising.
  [[nodiscard]] std::vector<uint32_t> shown() const;
  void select_row(size_t row);
  void rebuild();  // after rows or their order changed
  [[nodiscard]] bool is_sorted() const { return sort_column_ >= 0; }
  void sort_by(int column, bool descending);
  [[nodiscard]] bool row_matches(size_t row, std::string_view lower) const;

 private:
  void draw_header(Screen& screen, const Rect& area);
  void draw_row(Screen& screen, const Rect& area, int y, size_t line);
  void draw_cursor(Screen& screen, const Rect& area, int y) const;
  void adopt_columns();
  [[nodiscard]] CellText text_at(size_t row, size_t id) const;
  [[nodiscard]] SortKey key_at(size_t row, size_t id) const;
  void read_field(size_t row, size_t id, FieldValues& out) const;
  [[nodiscard]] std::string cell_clause() const;
  void move_cell(int direction);
  [[nodiscard]] size_t line_count() const;
  [[nodiscard]] size_t row_at(size_t line) const;
  void move_to(int64_t line);
  void sort_shown();
  void step_sort(int direction);
  bool step_mark();

  // The row one chose, while a filter hides it; it is selected again when it
  // is back before one does anything. Filters find things bit by bit.
  struct Absent {
    size_t row = 0;
    size_t line = 0;  // where it was
  };

  std::vector<uint32_t> shown_;
  std::optional<Absent> absent_;
  ColumnSet set_;
  std::optional<size_t> cell_;  // slot the cursor is on; nothing: the line
  std::string filter_;
  std::string search_;
  size_t selected_ = 0;   // line
  size_t top_ = 0;        // first line on the screen
  size_t drawing_ = 0;    // line being drawn, for row_above()
  int page_ = 20;         // lines on the screen
  int width_ = 80;        // of the screen
  int scroll_x_ = 0;      // columns left out on the left
  int sort_column_ = -1;  // id
  bool is_descending_ = false;
  bool is_built_ = false;
  bool is_outdated_ = false;  // the case knows more than the rows
  Subject outdated_;          // what was selected then
};

}  // namespace vestige::tui
