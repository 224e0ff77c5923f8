// SPDX-License-Identifier: Apache-2.0
//
// App: the filter, which holds for all views, and words that are looked for
// in the lines of one.
#include <fmt/format.h>

#include <algorithm>

#include "tui/app.h"
#include "tui/filter_words.h"

namespace vestige::tui {
namespace {

constexpr std::chrono::milliseconds kLookEvery(100);

// `and` binds more closely than `or`.
std::string joined(const std::string& first, const std::string& second) {
  if (first.empty()) return second;
  const bool needs_parentheses = first.find(" or ") != std::string::npos;
  return needs_parentheses ? fmt::format("({}) and {}", first, second)
                           : fmt::format("{} and {}", first, second);
}

}  // namespace

void App::begin_filter() {
  const FilterPass* filter = session_->filter().get();
  begin(Mode::kFilter,
        "Filter:", filter ? filter->text() : std::string(view().filter_text()),
        &filters_);
  filter_style_ = filter ? Style::kGood : Style::kPlain;
  filter_hint_.clear();
}

// An expression holds for all views, words for this one.
void App::filter_by(const std::string& text) {
  filter_hint_.clear();
  filter_style_ = Style::kPlain;
  if (!is_expression(text)) {
    if (session_->filter()) {
      session_->set_filter(nullptr);
      refresh_views();
    }
    if (!view().filter(text) && !text.empty()) {
      filter_hint_ = "this view takes expressions only: proc.name = sh";
      filter_style_ = Style::kBad;
    }
    return;
  }
  view().filter("");
  auto pass = FilterPass::start(text, *session_->loaded());
  if (!pass) {
    filter_hint_ = pass.error().message;
    filter_style_ = Style::kBad;
    return;
  }
  filter_style_ = Style::kGood;
  if (!(*pass)->unanswerable().empty()) {
    filter_hint_ =
        (*pass)->unanswerable() + " is not in a trace: never matches";
    filter_style_ = Style::kWarning;
  }
  session_->set_filter(*pass);
  seen_matches_ = 0;
  has_seen_all_ = false;
  refresh_views();
}

// Of a filter, or of the name of a field.
void App::complete_prompt(int direction) {
  if (choices_) {
    choices_->move(direction);
  } else {
    Completion found = complete(*session_, prompt_.text(), prompt_.cursor());
    if (found.words.empty()) {
      filter_hint_ = "nothing completes this";
      return;
    }
    completion_start_ = found.start;
    if (found.words.size() == 1) found.words[0].text += ' ';
    choices_.emplace(std::move(found.words));
  }
  prompt_.replace(completion_start_, choices_->at(choices_->selected()).text);
  if (mode_ == Mode::kFilter) filter_by(prompt_.text());
  if (choices_->at(0).text.ends_with(' ')) choices_.reset();
}

void App::begin_choice(Action action) {
  std::vector<Choice> found;
  for (std::string& clause : view().clauses()) {
    found.push_back({.text = std::move(clause), .style = Style::kPlain});
  }
  if (found.empty()) {
    message_ = "this line has no value to filter by";
    return;
  }
  excludes_ = action == Action::kExclude;
  mode_ = Mode::kChoose;
  choices_.emplace(std::move(found));
}

void App::press_in_choice(Key key) {
  const auto action = keys_.action(key);
  if (action == Action::kUp || key.code == kKeyBackTab) {
    choices_->move(-1);
  } else if (action == Action::kDown || key.code == kKeyTab ||
             action == Action::kFilterFor || action == Action::kExclude) {
    choices_->move(+1);
  } else if (action == Action::kOpen) {
    choose();
  } else {
    mode_ = Mode::kView;
    choices_.reset();
  }
}

void App::choose() {
  const std::string& clause = choices_->at(choices_->selected()).text;
  const FilterPass* filter = session_->filter().get();
  const std::string text = joined(filter ? filter->text() : "",
                                  excludes_ ? "not " + clause : clause);
  mode_ = Mode::kView;
  choices_.reset();
  std::erase(filters_, text);
  filters_.push_back(text);
  filter_by(text);
  if (filter_style_ == Style::kBad) {
    message_ = filter_hint_;
    message_style_ = Style::kBad;
  }
}

bool App::is_filter_running() const {
  return session_->filter() && !has_seen_all_;
}

// What the filter found goes to the views, but not so often that they are
// busy with nothing else.
void App::look_at_filter() {
  const FilterPass* filter = session_->filter().get();
  if (!filter) return;
  const bool is_done = filter->is_done();
  const uint64_t matches = filter->matches();
  if (matches == seen_matches_ && is_done == has_seen_all_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_look_ && !is_done) return;
  seen_matches_ = matches;
  has_seen_all_ = is_done;
  session_->look_at_filter();
  refresh_views();
  view().settle();
  const auto took = std::chrono::steady_clock::now() - now;
  next_look_ = now + std::max<decltype(took)>(kLookEvery, took * 8);
}

void App::look_at_findings() {
  if (session_->look_at_findings()) refresh_views();
}

std::string App::filter_status() const {
  const FilterPass* filter = session_->filter().get();
  if (!filter) {
    const std::string_view words = stacks_[tab_].back()->filter_text();
    return words.empty() ? "" : fmt::format("filter: {}", words);
  }
  std::string text = fmt::format("filter: {}  {} events", filter->text(),
                                 count_text(filter->matches()));
  if (!filter->is_done()) {
    text += fmt::format(" in {:.0f} %", filter->share() * 100);
  } else if (filter->matches() > filter->kept()) {
    text += fmt::format(", the first {} shown", count_text(filter->kept()));
  }
  return text;
}

}  // namespace vestige::tui
