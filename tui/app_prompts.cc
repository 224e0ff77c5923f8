// SPDX-License-Identifier: Apache-2.0
//
// App: search, filter, palette, bookmarks and notes.
#include <fmt/format.h>

#include "tui/app.h"

namespace vestige::tui {

void App::begin(Mode mode, std::string label, std::string text,
                std::vector<std::string>* history) {
  mode_ = mode;
  prompt_.begin(std::move(label), std::move(text), history);
}

void App::press_in_prompt(Key key) {
  if (mode_ == Mode::kPalette) {
    const auto action = keys_.action(key);
    const bool is_up = key.code == kKeyUp || action == Action::kPageUp;
    const bool is_down = key.code == kKeyDown || action == Action::kPageDown;
    if (is_up || is_down || key.code == kKeyTab) {
      palette_->move(is_up ? -1 : 1);
      return;
    }
  }
  switch (prompt_.handle(key)) {
    case Prompt::Outcome::kChanged:
      choices_.reset();
      changed_prompt();
      return;
    case Prompt::Outcome::kAccepted: accepted_prompt(); return;
    case Prompt::Outcome::kCancelled: cancelled_prompt(); return;
    case Prompt::Outcome::kEditing: choices_.reset(); return;
    case Prompt::Outcome::kComplete:
    case Prompt::Outcome::kCompleteBack:
      if (mode_ == Mode::kFilter || mode_ == Mode::kField) {
        complete_prompt(key.code == kKeyTab ? +1 : -1);
      }
      return;
  }
}

void App::changed_prompt() {
  switch (mode_) {
    case Mode::kSearch: view().search(prompt_.text(), 0); return;
    case Mode::kFilter: filter_by(prompt_.text()); return;
    case Mode::kPalette: palette_->narrow(prompt_.text()); return;
    case Mode::kNote:
    case Mode::kExport:
    case Mode::kChoose:
    case Mode::kColumns:
    case Mode::kField:
    case Mode::kView: return;
  }
}

void App::accepted_prompt() {
  const Mode mode = mode_;
  // What makes no sense yet is there to be mended.
  if (mode == Mode::kFilter && filter_style_ == Style::kBad) return;
  mode_ = Mode::kView;
  choices_.reset();
  switch (mode) {
    case Mode::kSearch:
      search_ = prompt_.text();
      repeat_search(0);
      return;
    case Mode::kNote: set_mark(prompt_.text()); return;
    case Mode::kExport: start_export(prompt_.text()); return;
    case Mode::kField: {
      std::string field = prompt_.text();
      while (field.ends_with(' ')) field.pop_back();
      field.empty() ? begin_columns(0)
                    : change_columns(ColumnChange::kAdd, field);
      return;
    }
    case Mode::kPalette: {
      const auto action = palette_->selected();
      palette_.reset();
      if (action) {
        perform(*action);
      } else {
        message_ = "no such command";
      }
      return;
    }
    case Mode::kFilter:
    case Mode::kChoose:
    case Mode::kColumns:
    case Mode::kView: return;
  }
}

void App::cancelled_prompt() {
  const Mode mode = mode_;
  mode_ = Mode::kView;
  palette_.reset();
  choices_.reset();
  if (mode == Mode::kSearch) view().search("", 0);
  if (mode == Mode::kFilter) filter_by("");
  if (mode == Mode::kField) begin_columns(0);
}

void App::repeat_search(int direction) {
  if (search_.empty()) {
    view().search("", 0);
    message_ = fmt::format("nothing searched yet; {} searches",
                           keys_.keys_text(Action::kSearch));
  } else if (!view().search(search_, direction)) {
    message_ = "not found: " + search_;
    message_style_ = Style::kBad;
  }
}

void App::toggle_mark() {
  const std::string key =
      subject_key(session_->data().facts(), view().subject());
  if (session_->bookmarks.find(key)) {
    session_->bookmarks.remove(key);
    message_ = "bookmark removed";
    save_notes();
    return;
  }
  set_mark("");
}

void App::set_mark(std::string note) {
  const std::string key =
      subject_key(session_->data().facts(), view().subject());
  if (key.empty()) {
    message_ = "this line cannot be marked";
    return;
  }
  constexpr int kTitleColumns = 400;
  session_->bookmarks.set(
      {.key = key,
       .time_ns = selected_time(),
       .title = printable(view().line_text(), Charset::kUtf8, kTitleColumns),
       .note = std::move(note)});
  message_ =
      fmt::format("marked; {} writes a note", keys_.keys_text(Action::kNote));
  save_notes();
}

void App::save_notes() {
  if (const auto saved = session_->bookmarks.save(); !saved) {
    message_ = saved.error().message;
    message_style_ = Style::kBad;
  }
  refresh_views();
}

}  // namespace vestige::tui
