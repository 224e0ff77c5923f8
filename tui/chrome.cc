// SPDX-License-Identifier: Apache-2.0
#include "tui/chrome.h"

#include <fmt/format.h>

#include <algorithm>

namespace vestige::tui {
namespace {

struct BarKey {
  Action action;
  std::string_view label;
};
// In the order of the function keys that keys.def gives them.
constexpr BarKey kBarKeys[] = {
    {Action::kHelp, "Help"},       {Action::kViews, "Views"},
    {Action::kSearch, "Search"},   {Action::kFilter, "Filter"},
    {Action::kTree, "Tree"},       {Action::kSortNext, "Sort"},
    {Action::kMark, "Mark"},       {Action::kDetails, "Details"},
    {Action::kItsProcess, "Proc"}, {Action::kQuit, "Quit"},
};

// The function key when there is one, else the first key.
std::string bar_key(const KeyMap& keys, Action action) {
  const std::string all = keys.keys_text(action);
  size_t at = 0;
  while (at < all.size()) {
    const size_t end = std::min(all.find(' ', at), all.size());
    const std::string one = all.substr(at, end - at);
    if (one.size() >= 2 && one[0] == 'F' && one[1] >= '1' && one[1] <= '9') {
      return one;
    }
    at = end + 1;
  }
  return all.substr(0, all.find(' '));
}

template <typename Visit>
void walk_key_bar(const KeyMap& keys, Visit visit) {
  int x = 0;
  for (const BarKey& key : kBarKeys) {
    const std::string name = bar_key(keys, key.action);
    const int width = static_cast<int>(name.size() + key.label.size()) + 1;
    visit(x, width, name, key);
    x += width;
  }
}

// A title may hold a captured path of any length: its middle is left out.
std::string short_title(std::string_view title, Charset charset) {
  constexpr int kColumns = 60, kHead = 16;
  if (text_columns(title, charset, kColumns) <= kColumns) {
    return printable(title, charset, kColumns);
  }
  std::string text = printable(title, charset, kHead);
  text += glyph_text(Glyph::kEllipsis, charset);
  return text + printable(tail_that_fits(title, charset, kColumns - kHead - 1),
                          charset, kColumns);
}

constexpr std::string_view kTabTitles[] = {
    "Overview", "Processes", "Files", "Network",  "Timeline", "Events",
    "Dirs",     "Losses",    "Marks", "Findings", "Messages", "Top"};

}  // namespace

void draw_title_bar(Screen& screen, int y, const TitleBar& bar) {
  const int width = screen.width();
  screen.fill({0, y, width, 1}, Style::kBar);
  int right = width;
  const auto put_right = [&](const std::string& text, Style style) {
    if (text.empty()) return;
    right -= text_columns(text, screen.charset(), width) + 1;
    screen.put(right, y, text, style, width);
  };
  put_right(bar.right, Style::kBar);
  put_right(bar.warning, bar.warning_style);
  int x = screen.put(1, y, "vestige", Style::kBarStrong, right);
  const int name_end = std::min(right, x + 2 + std::max(12, width / 4));
  screen.put_field(x + 2, y, name_end - x - 2, bar.name, Style::kBar);
  x = std::min(name_end,
               x + 2 + text_columns(bar.name, screen.charset(), width));
  std::string trail;
  for (const std::string& title : bar.trail) {
    trail += glyph_text(Glyph::kTrail, screen.charset());
    trail += short_title(title, screen.charset());
  }
  screen.put_field(x, y, right - x - 1, trail, Style::kBarStrong, Align::kLeft,
                   Elide::kStart);
  // What elision and escapes left in their own style belongs to the bar.
  for (int i = x; i < right - 1; ++i) {
    screen.restyle(i, y, 1, Style::kBarStrong);
  }
}

void draw_tabs(Screen& screen, int y, const KeyMap& keys, Action current) {
  int x = 1;
  for (size_t i = 0; i < std::size(kTabTitles); ++i) {
    const auto action =
        static_cast<Action>(static_cast<size_t>(Action::kOverview) + i);
    const std::string name = keys.keys_text(action);
    const bool is_current = action == current;
    x = screen.put(x, y, name.substr(0, name.find(' ')), Style::kKey,
                   screen.width());
    x = screen.put(x, y, " ", Style::kPlain, screen.width());
    x = screen.put(x, y, kTabTitles[i],
                   is_current ? Style::kStrong : Style::kDim, screen.width());
    x += 3;
  }
}

void draw_status(Screen& screen, int y, const StatusLine& status) {
  const int width = screen.width();
  const int columns =
      std::min(width / 2, text_columns(status.right, screen.charset(), width));
  screen.put_field(1, y, width - columns - 3, status.left, status.left_style);
  screen.put_field(width - columns - 1, y, columns, status.right,
                   Style::kWarning);
}

void draw_key_bar(Screen& screen, int y, const KeyMap& keys) {
  walk_key_bar(
      keys, [&](int x, int width, const std::string& name, const BarKey& key) {
        screen.put(x, y, name, Style::kPlain, screen.width());
        screen.put_field(x + static_cast<int>(name.size()), y,
                         width - static_cast<int>(name.size()), key.label,
                         Style::kKeyLabel);
        screen.restyle(x + static_cast<int>(name.size()), y,
                       width - static_cast<int>(name.size()), Style::kKeyLabel);
      });
}

std::optional<Action> key_bar_action(int x, const KeyMap& keys) {
  std::optional<Action> found;
  walk_key_bar(
      keys, [&](int start, int width, const std::string&, const BarKey& key) {
        if (x >= start && x < start + width) found = key.action;
      });
  return found;
}

void set_loss_badge(TitleBar& bar, const Session& session) {
  uint64_t events = 0, details = 0;
  bool is_alarming = session.data().is_whole() && !session.data().is_complete();
  for (const Loss& loss : session.data().facts().losses) {
    const bool is_events = info(loss.reason).severity == LossSeverity::kEvents;
    (is_events ? events : details) += loss.count;
    is_alarming = is_alarming || is_events;
  }
  if (is_alarming) {
    const auto sign = glyph_text(Glyph::kWarning, session.charset);
    bar.warning = events > 0 ? fmt::format(" {} {} events lost ", sign,
                                           count_text(events))
                             : fmt::format(" {} incomplete ", sign);
  } else if (details > 0) {
    bar.warning = fmt::format("{} details lost ", count_text(details));
    bar.warning_style = Style::kBar;
  }
}

std::string range_text(const Session& session) {
  if (!session.range) return {};
  const std::string from = session.time_text(session.range->from_ns);
  if (session.range->is_instant()) return "at " + from;
  return fmt::format("{} to {}", from, session.time_text(session.range->to_ns));
}

}  // namespace vestige::tui
