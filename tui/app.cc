// SPDX-License-Identifier: Apache-2.0
#include "tui/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tui/chrome.h"
#include "tui/drill.h"
#include "tui/export_pass.h"
#include "tui/time_strip.h"
#include "tui/views/views.h"

namespace vestige::tui {

App::App(std::string path, TraceHeader header, KeyMap keys, Charset charset,
         Result<Bookmarks> notes)
    : path_(std::move(path)),
      header_(std::move(header)),
      keys_(std::move(keys)),
      charset_(charset),
      notes_file_(std::move(notes)) {}

void App::set_case(std::shared_ptr<const LoadedCase> loaded) {
  const bool is_whole = loaded->data.is_whole();
  if (session_) {
    const auto before = session_->loaded();
    session_->set_case(std::move(loaded));
    for (Stack& stack : stacks_) {
      for (const auto& one : stack) one->reload(before->data.facts());
    }
  } else {
    session_.emplace(std::move(loaded));
    session_->charset = charset_;
    session_->columns = std::move(columns_);
    if (notes_file_) {
      session_->bookmarks = std::move(notes_file_).value();
    } else {
      tell_error(notes_file_.error());
    }
    show_tab(0);
  }
  if (is_whole && !rules_.empty()) {
    session_->set_findings(std::make_unique<const FindingsPass>(
        session_->loaded()->path(), rules_));
  }
}

bool App::is_busy() const {
  if (!session_) return false;
  const FindingsPass* findings = session_->findings_pass();
  return stacks_[tab_].back()->is_busy() || is_filter_running() || export_ ||
         (findings && !findings->is_done());
}

void App::tell_error(const Error& error) {
  message_ = error.message;
  message_style_ = Style::kBad;
}

bool App::take_stop() {
  return std::exchange(must_stop_, false);
}
bool App::take_suspend() {
  return std::exchange(must_suspend_, false);
}
bool App::take_redraw() {
  return std::exchange(must_redraw_, false);
}

void App::handle(const Input& input) {
  if (const auto* key = std::get_if<Key>(&input)) {
    message_.clear();
    message_style_ = Style::kPlain;
    if (mode_ == Mode::kView) {
      press(*key);
    } else if (mode_ == Mode::kChoose) {
      press_in_choice(*key);
    } else if (mode_ == Mode::kColumns) {
      press_in_columns(*key);
    } else {
      press_in_prompt(*key);
    }
  } else if (const auto* mouse = std::get_if<Mouse>(&input)) {
    message_.clear();
    press_mouse(*mouse);
  } else if (std::holds_alternative<HungUp>(input)) {
    has_quit_ = true;
  }
}

void App::press(Key key) {
  const auto action = keys_.action(key);
  if (!action) {
    message_ = fmt::format("{} is not bound; {} for help", key_name(key),
                           keys_.keys_text(Action::kHelp));
    return;
  }
  perform(*action);
}

void App::press_mouse(const Mouse& mouse) {
  if (!session_ || mode_ != Mode::kView) return;
  if (mouse.kind == Mouse::Kind::kWheelUp ||
      mouse.kind == Mouse::Kind::kWheelDown) {
    const bool is_up = mouse.kind == Mouse::Kind::kWheelUp;
    for (int i = 0; i < 3; ++i) perform(is_up ? Action::kUp : Action::kDown);
    return;
  }
  const bool is_double = mouse.kind == Mouse::Kind::kDoublePress;
  if (last_body_.contains(mouse.x, mouse.y)) {
    finish(view().press(mouse.x - last_body_.x, mouse.y - last_body_.y,
                        is_double));
    if (mouse.kind == Mouse::Kind::kMenuPress) perform(Action::kFilterFor);
  } else if (mouse.y == last_height_ - 1) {
    if (const auto action = key_bar_action(mouse.x, keys_)) perform(*action);
  } else if (mouse.y == 1) {
    const uint64_t time = time_at_column(*session_, last_width_, mouse.x);
    if (time != 0) move_range(Action::kInstant, time);
  }
}

void App::perform(Action action) {
  if (action == Action::kQuit) {
    has_quit_ = true;
    return;
  }
  if (action == Action::kStop) must_stop_ = true;
  if (action == Action::kSuspend) must_suspend_ = true;
  if (action == Action::kRedraw) must_redraw_ = true;
  if (!session_) {
    if (action == Action::kBack) has_quit_ = true;
    return;
  }
  Step step = view().act(action);
  if (step.kind != Step::Kind::kIgnored) {
    finish(std::move(step));
    return;
  }
  if (info(action).group == ActionGroup::kView && action <= Action::kRanking) {
    const auto tab =
        static_cast<size_t>(action) - static_cast<size_t>(Action::kOverview);
    // The key of the view one is in leads back to its beginning.
    if (tab == tab_) stacks_[tab].clear();
    show_tab(tab);
    return;
  }
  if (perform_here(action) || perform_on_time(action)) return;
  if (info(action).group == ActionGroup::kDrill) {
    auto opened = related(*session_, action, view().subject());
    if (opened) {
      push(std::move(opened));
      return;
    }
  }
  message_ = fmt::format("{} means nothing here", info(action).command);
}

bool App::perform_here(Action action) {
  switch (action) {
    case Action::kNextView: show_tab((tab_ + 1) % kTabs); return true;
    case Action::kPreviousView:
      show_tab((tab_ + kTabs - 1) % kTabs);
      return true;
    case Action::kBack: go_back(); return true;
    case Action::kViews:
      palette_.emplace(ActionGroup::kView);
      begin(Mode::kPalette, "View:", "", nullptr);
      return true;
    case Action::kPalette:
      palette_.emplace();
      begin(Mode::kPalette, ":", "", nullptr);
      return true;
    case Action::kSearch:
      begin(Mode::kSearch, "Search:", "", &searches_);
      return true;
    case Action::kFilter: begin_filter(); return true;
    case Action::kFilterFor:
    case Action::kExclude: begin_choice(action); return true;
    case Action::kExport: begin_export(); return true;
    case Action::kColumns: begin_columns(0); return true;
    case Action::kMarkDown:
      toggle_mark();
      finish(view().act(Action::kDown));
      return true;
    case Action::kUnfilter:
      view().filter("");
      filter_by("");
      message_ = "everything is shown";
      return true;
    case Action::kNext: repeat_search(+1); return true;
    case Action::kPrevious: repeat_search(-1); return true;
    case Action::kMark: toggle_mark(); return true;
    case Action::kNote: {
      const std::string key =
          subject_key(session_->data().facts(), view().subject());
      const Bookmark* old = session_->bookmarks.find(key);
      begin(Mode::kNote, "Note:", old ? old->note : "", &notes_);
      return true;
    }
    case Action::kHelp: push(make_help(*session_, keys_)); return true;
    case Action::kRedraw:
    case Action::kStop:
    case Action::kSuspend: return true;
    default: return false;
  }
}

bool App::perform_on_time(Action action) {
  if (info(action).group != ActionGroup::kTime) return false;
  if (action == Action::kTimeFormat) {
    const int next = (static_cast<int>(session_->time_format) + 1) % 4;
    session_->time_format = static_cast<TimeFormat>(next);
    message_ =
        fmt::format("times: {}", time_format_text(session_->time_format));
    refresh_views();
    return true;
  }
  move_range(action, selected_time());
  return true;
}

void App::move_range(Action action, uint64_t time_ns) {
  Session& session = *session_;
  const bool needs_line =
      action != Action::kAllTime && action != Action::kEarlier &&
      action != Action::kLater && action != Action::kZoomOut;
  if (needs_line && time_ns == 0) {
    message_ = "this line has no time";
    return;
  }
  const TimeRange old = session.shown();
  switch (action) {
    case Action::kInstant: session.range = TimeRange{time_ns, time_ns}; break;
    case Action::kRangeStart:
      session.range = TimeRange{
          time_ns, std::max(time_ns, old.is_instant() ? session.whole().to_ns
                                                      : old.to_ns)};
      break;
    case Action::kRangeEnd:
      session.range =
          TimeRange{std::min(time_ns, old.is_instant() ? session.whole().from_ns
                                                       : old.from_ns),
                    time_ns};
      break;
    case Action::kEarlier: session.shift_range(-1); break;
    case Action::kLater: session.shift_range(+1); break;
    case Action::kZoomIn: session.zoom(-2, time_ns); break;
    case Action::kZoomOut:
      session.zoom(+2, time_ns ? time_ns : old.from_ns);
      break;
    case Action::kAllTime: session.range.reset(); break;
    default: return;
  }
  message_ = session.range ? range_text(session) : "the whole capture";
  refresh_views();
}

void App::finish(Step step) {
  if (!step.message.empty()) message_ = std::move(step.message);
  if (step.kind == Step::Kind::kOpen) push(std::move(step.view));
  if (step.kind != Step::Kind::kFollow) return;
  if (auto opened = follow(*session_, step.subject)) {
    push(std::move(opened));
  } else {
    message_ = "this line leads nowhere";
  }
}

std::unique_ptr<View> App::make_tab(size_t tab) {
  const auto action =
      static_cast<Action>(static_cast<size_t>(Action::kOverview) + tab);
  switch (action) {
    case Action::kProcesses: return make_processes(*session_);
    case Action::kFiles: return make_files(*session_);
    case Action::kNetwork: return make_network(*session_);
    case Action::kTimeline: return make_timeline(*session_);
    case Action::kEvents: return make_events(*session_);
    case Action::kDirectories: return make_directories(*session_);
    case Action::kLosses: return make_losses(*session_);
    case Action::kBookmarks: return make_bookmarks(*session_);
    case Action::kFindings: return make_findings(*session_);
    case Action::kMessages: return make_messages(*session_);
    case Action::kRanking: return make_top(*session_);
    default: return make_overview(*session_);
  }
}

void App::show_tab(size_t tab) {
  tab_ = tab;
  if (stacks_[tab].empty()) stacks_[tab].push_back(make_tab(tab));
}

void App::push(std::unique_ptr<View> view) {
  stacks_[tab_].push_back(std::move(view));
}

void App::go_back() {
  if (stacks_[tab_].size() > 1) {
    stacks_[tab_].pop_back();
  } else if (tab_ != 0) {
    show_tab(0);
  } else {
    message_ = fmt::format("this is the beginning; {} leaves",
                           keys_.keys_text(Action::kQuit));
  }
}

void App::refresh_views() {
  for (Stack& stack : stacks_) {
    for (const auto& one : stack) one->refresh();
  }
}

uint64_t App::selected_time() const {
  const View& top = *stacks_[tab_].back();
  const Subject subject = top.subject();
  if (const auto* file = std::get_if<FilePath>(&subject)) {
    const FileSummary* summary = session_->insights().file(file->path);
    return summary ? summary->first_ns : 0;
  }
  return bearings(session_->data().facts(), subject).first_ns;
}

}  // namespace vestige::tui
