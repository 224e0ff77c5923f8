// SPDX-License-Identifier: Apache-2.0
//
// The program without the terminal: input in, screens out. Not thread-safe.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tui/key.h"
#include "tui/key_map.h"
#include "tui/loaded_case.h"
#include "tui/palette.h"
#include "tui/prompt.h"
#include "tui/screen.h"
#include "tui/view.h"

namespace vestige::tui {

class App {
 public:
  // Until a case is there, the screen tells of the loading of this file.
  App(std::string path, TraceHeader header, KeyMap keys, Charset charset);

  void set_progress(uint64_t events) { loaded_events_ = events; }
  // notes: an error is told and leaves the bookmarks unsaved.
  void set_case(std::unique_ptr<LoadedCase> loaded, Result<Bookmarks> notes);

  void handle(const Input& input);
  void draw(Screen& screen);

  // What the loop has to do next.
  [[nodiscard]] bool has_quit() const { return has_quit_; }
  // The screen changes without input: draw again soon.
  [[nodiscard]] bool is_busy() const {
    return !session_ || stacks_[tab_].back()->is_busy();
  }
  // True once after each such request.
  bool take_suspend();
  bool take_redraw();

 private:
  static constexpr size_t kTabs = 9;
  enum class Mode : uint8_t { kView, kSearch, kFilter, kNote, kPalette };
  using Stack = std::vector<std::unique_ptr<View>>;

  // Input.
  void press(Key key);
  void press_in_prompt(Key key);
  void press_mouse(const Mouse& mouse);
  void perform(Action action);
  bool perform_here(Action action);
  bool perform_on_time(Action action);
  void finish(Step step);

  // Moving between views.
  [[nodiscard]] View& view() { return *stacks_[tab_].back(); }
  void show_tab(size_t tab);
  std::unique_ptr<View> make_tab(size_t tab);
  void push(std::unique_ptr<View> view);
  void go_back();
  void refresh_views();
  void move_range(Action action, uint64_t time_ns);

  // Prompts.
  void begin(Mode mode, std::string label, std::string text,
             std::vector<std::string>* history);
  void changed_prompt();
  void accepted_prompt();
  void cancelled_prompt();
  void repeat_search(int direction);
  void toggle_mark();
  void set_mark(std::string note);
  void save_notes();

  // Drawing.
  void draw_loading(Screen& screen) const;
  void draw_bar(Screen& screen) const;
  void draw_bottom(Screen& screen) const;
  [[nodiscard]] Rect body(const Screen& screen) const;
  [[nodiscard]] uint64_t selected_time() const;

  std::string path_;
  TraceHeader header_;
  KeyMap keys_;
  Charset charset_;
  uint64_t loaded_events_ = 0;
  std::unique_ptr<LoadedCase> loaded_;
  std::optional<Session> session_;   // refers to loaded_
  std::array<Stack, kTabs> stacks_;  // refer to session_
  size_t tab_ = 0;

  Mode mode_ = Mode::kView;
  Prompt prompt_;
  std::optional<Palette> palette_;
  std::string search_;
  std::vector<std::string> searches_, filters_, notes_;
  std::string message_;
  Style message_style_ = Style::kPlain;
  Rect last_body_;
  int last_width_ = 80, last_height_ = 24;
  bool has_quit_ = false;
  bool must_suspend_ = false;
  bool must_redraw_ = false;
};

}  // namespace vestige::tui
