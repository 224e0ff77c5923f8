// SPDX-License-Identifier: Apache-2.0
//
// One thing to look at. Views form a stack; the topmost has the screen
// between the time strip and the status line.
#pragma once

#include <memory>
#include <string>
#include <string_view>

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
  // Time range, clock or bookmarks changed.
  virtual void refresh() {}
  // More is to be seen soon, without any input.
  [[nodiscard]] virtual bool is_busy() const { return false; }

  // What the selected line is about, and how it reads.
  [[nodiscard]] virtual Subject subject() const { return {}; }
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
