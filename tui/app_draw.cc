// SPDX-License-Identifier: Apache-2.0
//
// App: what is on the screen.
#include <fmt/format.h>

#include "tui/app.h"
#include "tui/chrome.h"
#include "tui/time_strip.h"

namespace vestige::tui {
namespace {

constexpr int kTabsFromHeight = 30;
constexpr int kMinWidth = 40;
constexpr int kMinHeight = 8;

std::string_view container_name(const TraceHeader& header) {
  const ContainerInfo& box = header.container;
  return box.name.empty() ? std::string_view(box.id) : box.name;
}

}  // namespace

Rect App::body(const Screen& screen) const {
  const int top = screen.height() >= kTabsFromHeight ? 3 : 2;
  return {0, top, screen.width(), screen.height() - top - 2};
}

void App::draw(Screen& screen) {
  last_width_ = screen.width();
  last_height_ = screen.height();
  if (screen.width() < kMinWidth || screen.height() < kMinHeight) {
    screen.put(0, 0, fmt::format("needs {}x{}", kMinWidth, kMinHeight),
               Style::kBad, screen.width());
    return;
  }
  if (!session_) {
    draw_loading(screen);
    return;
  }
  look_at_filter();
  look_at_findings();
  look_at_export();
  last_body_ = body(screen);
  view().draw(screen, last_body_);
  draw_bar(screen);
  draw_time_strip(screen, 1, *session_, selected_time());
  if (screen.height() >= kTabsFromHeight) {
    draw_tabs(
        screen, 2, keys_,
        static_cast<Action>(static_cast<size_t>(Action::kOverview) + tab_));
  }
  draw_bottom(screen);
}

void App::draw_bar(Screen& screen) const {
  TitleBar bar{.name = container_name(header_),
               .right = std::string(time_format_text(session_->time_format))};
  if (session_->data().is_whole()) {
    set_loss_badge(bar, *session_);
  } else {
    bar.warning = fmt::format(" reading {:.0f} % ", progress_.share * 100);
  }
  for (const auto& one : stacks_[tab_]) bar.trail.push_back(one->title());
  draw_title_bar(screen, 0, bar);
}

void App::draw_bottom(Screen& screen) const {
  const int y = screen.height() - 2;
  const View& top = *stacks_[tab_].back();
  draw_key_bar(screen, y + 1, keys_);
  if (mode_ != Mode::kView) {
    draw_prompt(screen, y);
    return;
  }
  StatusLine status;
  status.left = message_.empty() ? top.summary() : message_;
  status.left_style = message_.empty() ? Style::kDim : message_style_;
  status.right = filter_status();
  if (session_->range) {
    if (!status.right.empty()) status.right += "  ";
    status.right += range_text(*session_);
  }
  draw_status(screen, y, status);
}

void App::draw_prompt(Screen& screen, int y) const {
  if (palette_) palette_->draw(screen, y, keys_);
  if (mode_ == Mode::kChoose || mode_ == Mode::kColumns) {
    choices_->draw(screen, y);
    if (!message_.empty()) {
      screen.put_field(0, y, screen.width(), message_, message_style_);
      return;
    }
    screen.put_field(
        0, y, screen.width(),
        mode_ == Mode::kColumns ? "Columns: Space shows or hides, left and "
                                  "right move, a adds a field, r as at first"
        : excludes_             ? "Exclude which? Enter takes it, Esc leaves"
                    : "Filter for which? Enter takes it, Esc leaves",
        Style::kKey);
    return;
  }
  const bool is_filter = mode_ == Mode::kFilter;
  prompt_.draw(screen, y, is_filter ? filter_style_ : Style::kPlain);
  if (mode_ == Mode::kField && choices_) choices_->draw(screen, y);
  if (!is_filter) return;
  std::string hint = filter_hint_;
  if (hint.empty() && session_->filter()) hint = filter_status();
  if (hint.empty()) {
    hint = "words, or an expression: Tab completes, Enter keeps, Esc removes";
  }
  screen.fill({0, y - 1, screen.width(), 1}, Style::kPlain);
  screen.put_field(
      1, y - 1, screen.width() - 1, hint,
      filter_style_ == Style::kPlain ? Style::kDim : filter_style_);
  if (choices_) choices_->draw(screen, y - 1);
}

void App::draw_loading(Screen& screen) const {
  TitleBar bar{.name = container_name(header_), .trail = {"Loading"}};
  draw_title_bar(screen, 0, bar);
  int y = 2;
  const auto line = [&](std::string_view label, std::string_view text) {
    if (text.empty()) return;
    screen.put(2, y, label, Style::kDim, screen.width());
    screen.put_field(17, y++, screen.width() - 18, text, Style::kPlain);
  };
  line("File", path_);
  line("Container", container_name(header_));
  line("Image", header_.container.image);
  line("Host", header_.host_name);
  line("Kernel", header_.kernel_release);
  line("Selection", header_.selection);
  line("Recorded by", header_.tool);
  screen.put(
      2, y + 1,
      fmt::format("Reading: {} events so far; {} leaves",
                  count_text(progress_.events), keys_.keys_text(Action::kQuit)),
      Style::kStrong, screen.width());
}

}  // namespace vestige::tui
