// SPDX-License-Identifier: Apache-2.0
//
// A page of lines one reads from top to bottom: overview, details, help. Some
// lines are about something one can go to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tui/view.h"

namespace vestige::tui {

struct Span {
  std::string text;  // captured bytes
  Style style = Style::kPlain;
};

struct Line {
  std::vector<Span> spans;
  Subject subject;
  int indent = 0;  // of the rest, when the line is wrapped

  static Line heading(std::string text);
  static Line field(std::string_view label, std::string value,
                    Style style = Style::kPlain, Subject subject = {});
  static Line text(std::string text, Style style = Style::kPlain);
};

class PageView : public View {
 public:
  using View::View;

  [[nodiscard]] std::string summary() const override;
  void draw(Screen& screen, const Rect& area) override;
  Step act(Action action) override;
  Step press(int x, int y, bool is_double) override;
  void refresh() override { is_built_ = false; }
  void reload(const Facts& before) override;
  void settle() override;
  [[nodiscard]] Subject subject() const override;
  [[nodiscard]] std::string line_text() const override;
  bool search(std::string_view text, int direction) override;

 protected:
  // The page for a screen of this width; asked again when it changes and
  // after refresh().
  [[nodiscard]] virtual std::vector<Line> lines(int width) const = 0;
  // Which line is selected until there is one about something.
  [[nodiscard]] virtual size_t first_line(const std::vector<Line>&) const {
    return 0;
  }

 private:
  // The line one stands on, by what it is about: the nth line about that.
  struct Place {
    Subject subject;
    size_t nth = 0;
  };

  void move_to(int64_t line);
  void build(int width);
  [[nodiscard]] Place place() const;
  [[nodiscard]] bool go_to(const Place& place);

  std::vector<Line> lines_;  // wrapped
  std::string search_;
  size_t selected_ = 0;
  size_t top_ = 0;
  int page_ = 20;
  bool is_built_ = false;
  bool is_placed_ = false;    // there was a line about something
  bool is_outdated_ = false;  // the case knows more than the lines
  Place outdated_;            // where one was then
  int width_ = 80;            // lines_ are made for; of the last drawing
};

}  // namespace vestige::tui
