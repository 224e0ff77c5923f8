// SPDX-License-Identifier: Apache-2.0
//
// App: the dialogue in which columns are chosen.
#include <fmt/format.h>

#include "tui/app.h"

namespace vestige::tui {

void App::begin_columns(size_t selected) {
  std::vector<Choice> found = view().column_choices();
  if (found.empty()) {
    message_ = "this view has no columns";
    return;
  }
  mode_ = Mode::kColumns;
  selected = std::min(selected, found.size() - 1);
  choices_.emplace(std::move(found), selected);
}

void App::change_columns(ColumnChange change, const std::string& field) {
  const size_t nth = choices_ ? choices_->selected() : 0;
  const auto place = view().change_columns(change, nth, field);
  if (!place) {
    tell_error(place.error());
  }
  begin_columns(place ? *place : nth);
}

void App::press_in_columns(Key key) {
  const auto action = keys_.action(key);
  if (action == Action::kUp || key.code == kKeyBackTab) {
    choices_->move(-1);
  } else if (action == Action::kDown || key.code == kKeyTab) {
    choices_->move(+1);
  } else if (action == Action::kLeft) {
    change_columns(ColumnChange::kLeft);
  } else if (action == Action::kRight) {
    change_columns(ColumnChange::kRight);
  } else if (action == Action::kOpen || key.code == ' ') {
    change_columns(ColumnChange::kToggle);
  } else if (key.code == 'a' || key.code == '+') {
    choices_.reset();
    filter_hint_.clear();
    begin(Mode::kField, "Field:", "", &fields_);
  } else if (key.code == 'r') {
    change_columns(ColumnChange::kReset);
  } else {
    mode_ = Mode::kView;
    choices_.reset();
  }
}

}  // namespace vestige::tui
