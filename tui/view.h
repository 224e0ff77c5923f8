// SPDX-License-Identifier: Apache-2.0
//
// One thing to look at. Views form a stack; the topmost has the screen
// between the time strip and the status line.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "replay/facts/row_kind.h"
#include "tui/choices.h"
#include "tui/key_map.h"
#include "tui/screen.h"
#include "tui/session.h"
#include "tui/subject.h"

namespace vestige::tui {

class View;

// What came of an action.
struct Step {
  enum class Kind : uint8_t {
    kIgnored,  // means nothing here
    kDone,
    kOpen,    // push `view`
    kFollow,  // go to the subject as Enter would
  };
  Kind kind = Kind::kIgnored;
  std::unique_ptr<View> view;
  std::string message;  // for the status line
  Subject subject;
};
Step done(std::string message = {});
Step open_view(std::unique_ptr<View> view);

// Rows of one kind that a view shows.
struct ShownRows {
  RowKind kind = RowKind::kEvent;
  // Indices in Facts or Session::findings(), rising. Events have none: they
  // are those that pass the filter and the time range.
  std::vector<uint32_t> rows;
  ProcessId process = ProcessId::kNone;  // whose events; kNone: all
};

enum class ColumnChange : uint8_t { kToggle, kLeft, kRight, kAdd, kReset };

class View {
 public:
  // The session must outlive the view.
  explicit View(Session& session) : session_(session) {}
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  virtual ~View() = default;

  // For the trail: "Files of sh 4711". May hold captured bytes.
  [[nodiscard]] virtual std::string title() const = 0;
  // For the status line: "12 of 345 files".
  [[nodiscard]] virtual std::string summary() const { return {}; }
  virtual void draw(Screen& screen, const Rect& area) = 0;
  virtual Step act(Action action) = 0;
  // At a place in the last drawn area, relative to it.
  virtual Step press(int /*x*/, int /*y*/, bool /*is_double*/) { return {}; }
  // Time range, filter, clock or bookmarks changed.
  virtual void refresh() {}
  // More is known of the case now; `before` is what was known until now.
  virtual void reload(const Facts& before) = 0;
  // Does the work that these two put off, for a view that is looked at.
  virtual void settle() {}
  // More is to be seen soon, without any input.
  [[nodiscard]] virtual bool is_busy() const { return false; }

  // What an export of this view holds; nothing: it has no rows.
  [[nodiscard]] virtual std::vector<ShownRows> shown_rows() const { return {}; }

  // Columns one can choose, those shown first, in their order; none: it has
  // no columns.
  [[nodiscard]] virtual std::vector<Choice> column_choices() { return {}; }
  // field: of kAdd. Returns where the column is then; kUsage: no such field.
  virtual Result<size_t> change_columns(ColumnChange /*change*/, size_t nth,
                                        const std::string& /*field*/) {
    return nth;
  }

  // What the selected line is about, and how it reads.
  [[nodiscard]] virtual Subject subject() const { return {}; }
  // Expressions that filter for what it has, the nearest first.
  [[nodiscard]] virtual std::vector<std::string> clauses() const;
  [[nodiscard]] virtual std::string line_text() const { return {}; }

  // Search: selects the next match in a direction (+1, -1); 0 looks from the
  // selected line on, itself included. False: none.
  virtual bool search(std::string_view /*text*/, int /*direction*/) {
    return false;
  }
  // Shows lines that contain the text only. False: the view cannot.
  virtual bool filter(std::string_view /*text*/) { return false; }
  [[nodiscard]] virtual std::string_view filter_text() const { return {}; }

 protected:
  Session& session_;
};

}  // namespace vestige::tui
