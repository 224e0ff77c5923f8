// SPDX-License-Identifier: Apache-2.0
#include "tui/detail_lines.h"
#include "tui/fact_line.h"
#include "tui/views/views.h"

namespace vestige::tui {
namespace {

class Details : public PageView {
 public:
  Details(Session& session, Subject subject)
      : PageView(session), about_(std::move(subject)) {}

  [[nodiscard]] std::string title() const override;

  void reload(const Facts& before) override {
    about_ = moved(before, session_.data().facts(), about_);
    PageView::reload(before);
  }

  // Before a line is chosen that is about something else, the page stands for
  // what it is about.
  [[nodiscard]] Subject subject() const override {
    const Subject selected = PageView::subject();
    return selected.index() != 0 ? selected : about_;
  }

 protected:
  [[nodiscard]] std::vector<Line> lines(int width) const override;

 private:
  Subject about_;
};

std::string Details::title() const {
  if (const auto* id = std::get_if<ProcessId>(&about_)) {
    return "Details of " + session_.process_text(*id);
  }
  if (const auto* file = std::get_if<FilePath>(&about_)) {
    return "Details of " + std::string(file->path);
  }
  if (const auto* fact = std::get_if<FactRef>(&about_)) {
    return "Details of " + std::string(fact_line(session_, *fact).verb);
  }
  return "Details";
}

std::vector<Line> Details::lines(int /*width*/) const {
  std::vector<Line> out;
  const Facts& facts = session_.data().facts();
  if (const auto* id = std::get_if<ProcessId>(&about_)) {
    if (const ProcessRow* row = facts.process(*id)) {
      add_process_details(session_, *row, out);
    }
  } else if (const auto* file = std::get_if<FilePath>(&about_)) {
    add_file_details(session_, file->path, out);
  } else if (const auto* one = std::get_if<ConnectionId>(&about_)) {
    if (const ConnectionRow* row = facts.connection(*one)) {
      add_connection_details(session_, *row, out);
    }
  } else if (const auto* fact = std::get_if<FactRef>(&about_)) {
    add_fact_details(session_, *fact, out);
  }
  return out;
}

class Page : public PageView {
 public:
  Page(Session& session, std::string title, Subject subject,
       std::vector<Line> lines)
      : PageView(session),
        title_(std::move(title)),
        about_(std::move(subject)),
        lines_(std::move(lines)) {}

  [[nodiscard]] std::string title() const override { return title_; }
  [[nodiscard]] Subject subject() const override {
    const Subject selected = PageView::subject();
    return selected.index() != 0 ? selected : about_;
  }

 protected:
  [[nodiscard]] std::vector<Line> lines(int /*width*/) const override {
    return lines_;
  }

 private:
  std::string title_;
  Subject about_;
  std::vector<Line> lines_;
};

}  // namespace

std::unique_ptr<View> make_page(Session& session, std::string title,
                                const Subject& subject,
                                std::vector<Line> lines) {
  return std::make_unique<Page>(session, std::move(title), subject,
                                std::move(lines));
}

std::unique_ptr<View> make_details(Session& session, const Subject& subject) {
  return std::make_unique<Details>(session, subject);
}

}  // namespace vestige::tui
