// SPDX-License-Identifier: Apache-2.0
//
// The program without the terminal: input in, screens out. Not thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tui/choices.h"
#include "tui/key.h"
#include "tui/key_map.h"
#include "tui/loaded_case.h"
#include "tui/palette.h"
#include "tui/prompt.h"
#include "tui/screen.h"
#include "tui/view.h"

namespace vestige::tui {

class ExportPass;

class App {
 public:
  // Until something of the case is known, the screen tells what the header
  // does. notes: an error is told and leaves the bookmarks unsaved.
  App(std::string path, TraceHeader header, KeyMap keys, Charset charset,
      Result<Bookmarks> notes);
  ~App();

  void set_progress(Loader::Progress progress) { progress_ = progress; }
  [[nodiscard]] bool has_case() const { return session_.has_value(); }
  // Rules to ask once the whole trace is read; files or folders.
  void set_rules(std::vector<std::string> paths) { rules_ = std::move(paths); }
  void set_columns(ColumnChoices columns) { columns_ = std::move(columns); }
  // What is known by now; views stay where they are.
  void set_case(std::shared_ptr<const LoadedCase> loaded);
  // Reading ended before the end of the file.
  void tell_error(const Error& error);

  void handle(const Input& input);
  void draw(Screen& screen);

  // What the loop has to do next.
  [[nodiscard]] bool has_quit() const { return has_quit_; }
  // The screen changes without input: draw again soon.
  [[nodiscard]] bool is_busy() const;
  // True once after each such request.
  bool take_stop();
  bool take_suspend();
  bool take_redraw();

 private:
  static constexpr size_t kTabs = 12;
  enum class Mode : uint8_t {
    kView,
    kSearch,
    kFilter,
    kNote,
    kPalette,
    kChoose,   // a value to filter by
    kColumns,  // to switch on and off, to move
    kField,    // to add as a column
    kExport,
  };
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
  [[nodiscard]] View& view() {
    View& top = *stacks_[tab_].back();
    top.settle();
    return top;
  }
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

  // The filter; app_filter.cc.
  void begin_filter();
  void filter_by(const std::string& text);
  void begin_choice(Action action);
  void begin_columns(size_t selected);
  void change_columns(ColumnChange change, const std::string& field = {});
  void press_in_columns(Key key);
  void complete_prompt(int direction);
  void press_in_choice(Key key);
  void choose();
  void look_at_filter();
  void look_at_findings();
  [[nodiscard]] bool is_filter_running() const;
  [[nodiscard]] std::string filter_status() const;
  void toggle_mark();
  void set_mark(std::string note);
  void save_notes();

  // Exports; app_export.cc.
  void begin_export();
  void start_export(const std::string& path);
  void look_at_export();

  // Drawing.
  void draw_loading(Screen& screen) const;
  void draw_bar(Screen& screen) const;
  void draw_bottom(Screen& screen) const;
  void draw_prompt(Screen& screen, int y) const;
  [[nodiscard]] Rect body(const Screen& screen) const;
  [[nodiscard]] uint64_t selected_time() const;

  std::string path_;
  TraceHeader header_;
  KeyMap keys_;
  Charset charset_;
  Loader::Progress progress_;
  Result<Bookmarks> notes_file_;
  std::vector<std::string> rules_;
  ColumnChoices columns_;  // until there is a session
  std::optional<Session> session_;
  std::array<Stack, kTabs> stacks_;  // refer to session_
  size_t tab_ = 0;

  Mode mode_ = Mode::kView;
  Prompt prompt_;
  std::optional<Palette> palette_;
  std::optional<Choices> choices_;  // completions, or values
  size_t completion_start_ = 0;
  bool excludes_ = false;
  Style filter_style_ = Style::kPlain;  // whether what is typed makes sense
  std::string filter_hint_;
  uint64_t seen_matches_ = 0;  // of the filter, when views looked at it last
  bool has_seen_all_ = true;
  std::chrono::steady_clock::time_point next_look_ = {};
  std::string search_;
  std::vector<std::string> searches_, filters_, notes_, exports_, fields_;
  std::unique_ptr<ExportPass> export_;
  std::string message_;
  Style message_style_ = Style::kPlain;
  Rect last_body_;
  int last_width_ = 80, last_height_ = 24;
  bool has_quit_ = false;
  bool must_stop_ = false;
  bool must_suspend_ = false;
  bool must_redraw_ = false;
};

}  // namespace vestige::tui
