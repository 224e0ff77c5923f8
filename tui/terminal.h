// SPDX-License-Identifier: Apache-2.0
//
// The terminal: shows screens, gives input. The only place that knows curses.
// One at a time; not thread-safe. The terminal is put back as it was when this
// goes, and also when a signal ends the program.
#pragma once

#include <memory>

#include "format/result.h"
#include "tui/key.h"
#include "tui/screen.h"

namespace vestige::tui {

enum class ColourDepth : uint8_t { kAuto, kMono, k16, k256 };

struct TerminalOptions {
  // kAuto: what terminfo promises; kMono when NO_COLOR is set.
  ColourDepth colours = ColourDepth::kAuto;
  bool force_ascii = false;  // else UTF-8 when the locale says so
  bool use_mouse = true;
};

class Terminal {
 public:
  // kSystem when standard input or output is no terminal or TERM is unknown.
  static Result<Terminal> open(const TerminalOptions& options);
  Terminal(Terminal&&) noexcept;
  Terminal& operator=(Terminal&&) noexcept;
  ~Terminal();

  [[nodiscard]] int width() const;
  [[nodiscard]] int height() const;
  [[nodiscard]] Charset charset() const;

  // Writes what differs from what is shown.
  void show(const Screen& screen);
  // Forgets what is shown: the next show() writes everything.
  void redraw();

  // Waits for input at most so long (-1: for ever). Returns Nothing when the
  // time is up or wake_fd (-1: none) becomes readable.
  Input read(int timeout_ms, int wake_fd);
  // True when input is waiting: draw later.
  [[nodiscard]] bool has_input() const;

  // Stops the program as C-z does in a shell; returns when it goes on.
  void suspend();

 private:
  struct State;
  explicit Terminal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vestige::tui
