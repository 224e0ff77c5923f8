// SPDX-License-Identifier: Apache-2.0
#include "tui/terminal.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <deque>
#include <string>

namespace vestige::tui {
namespace {

enum class Mono : uint8_t {
  kNone,
  kFaint,
  kBold,
  kUnderline,
  kReverse,
  kReverseBold,
};

struct StyleLook {
  short fg256, bg256, fg16, bg16;
  Mono mono;
};
constexpr StyleLook kLooks[] = {
#define STYLE(name, letter, fg256, bg256, fg16, bg16, mono, doc) \
  {fg256, bg256, fg16, bg16, Mono::mono},
#include "tui/styles.def"
#undef STYLE
};
constexpr size_t kStyleCount = std::size(kLooks);

// The selected row keeps its foreground: one more pair per style.
constexpr short kSelectedBg256 = 153;
constexpr short kSelectedFg256 = 16;
constexpr short kSelectedFg16 = 0, kSelectedBg16 = 6;

// A colour of the 256 as terminals that take red, green and blue want it; the
// first 8 keep their numbers there.
int direct_colour(short colour) {
  if (colour < 8) return colour;
  if (colour >= 232) {
    const int grey = 8 + 10 * (colour - 232);
    return grey << 16 | grey << 8 | grey;
  }
  if (colour < 16) return 0x808080;
  constexpr int kLevels[] = {0, 95, 135, 175, 215, 255};
  const int cube = colour - 16;
  return kLevels[cube / 36] << 16 | kLevels[cube / 6 % 6] << 8 |
         kLevels[cube % 6];
}

attr_t mono_attributes(Mono mono) {
  switch (mono) {
    case Mono::kNone: return A_NORMAL;
    case Mono::kFaint: return A_DIM;
    case Mono::kBold: return A_BOLD;
    case Mono::kUnderline: return A_UNDERLINE;
    case Mono::kReverse: return A_REVERSE;
    case Mono::kReverseBold: return A_REVERSE | A_BOLD;
  }
  return A_NORMAL;
}

attr_t colour_attributes(Mono mono) {
  switch (mono) {
    case Mono::kNone:
    case Mono::kFaint:
    case Mono::kReverse: return A_NORMAL;
    case Mono::kUnderline: return A_UNDERLINE;
    case Mono::kBold:
    case Mono::kReverseBold: return A_BOLD;
  }
  return A_NORMAL;
}

// What a dying program may still do: write bytes that were prepared while all
// was well, and set the line as it was. Nothing else is safe in a handler.
termios g_saved_line;
std::string g_restore_bytes;
volatile sig_atomic_t g_is_open = 0;

void restore_and_die(int signal_number) {
  if (g_is_open) {
    [[maybe_unused]] const auto written =
        write(STDOUT_FILENO, g_restore_bytes.data(), g_restore_bytes.size());
    tcsetattr(STDIN_FILENO, TCSANOW, &g_saved_line);
  }
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

int append_restore_byte(int byte) {
  g_restore_bytes += static_cast<char>(byte);
  return byte;
}

void prepare_restore() {
  g_restore_bytes = "\033[?1000l\033[?1006l";  // mouse reports off
  for (const char* capability :
       {exit_attribute_mode, cursor_normal, keypad_local, exit_ca_mode}) {
    if (capability) tputs(capability, 1, append_restore_byte);
  }
  for (const int number : {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGSEGV,
                           SIGBUS, SIGFPE, SIGILL}) {
    struct sigaction action = {};
    action.sa_handler = restore_and_die;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(number, &action, nullptr);
  }
  g_is_open = 1;
}

char32_t special_key(wint_t code) {
  if (code >= KEY_F(1) && code <= KEY_F(12)) return kKeyF1 + code - KEY_F(1);
  switch (code) {
    case KEY_UP: return kKeyUp;
    case KEY_DOWN: return kKeyDown;
    case KEY_LEFT: return kKeyLeft;
    case KEY_RIGHT: return kKeyRight;
    case KEY_HOME: return kKeyHome;
    case KEY_END: return kKeyEnd;
    case KEY_PPAGE: return kKeyPageUp;
    case KEY_NPAGE: return kKeyPageDown;
    case KEY_IC: return kKeyInsert;
    case KEY_DC: return kKeyDelete;
    case KEY_BTAB: return kKeyBackTab;
    case KEY_BACKSPACE: return kKeyBackspace;
    case KEY_ENTER: return kKeyEnter;
    default: return 0;
  }
}

char32_t plain_key(wint_t code) {
  if (code == '\n') return kKeyEnter;
  if (code == 8) return kKeyBackspace;
  return static_cast<char32_t>(code);
}

// UTF-8 of a cell to wide characters; the cell holds valid text only.
void to_wide(std::string_view text, wchar_t* wide, size_t capacity) {
  size_t count = 0;
  for (size_t i = 0; i < text.size() && count + 1 < capacity;) {
    const auto first = static_cast<uint8_t>(text[i]);
    const int size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t code = size == 1 ? first : first & (0xff >> (size + 1));
    for (int k = 1; k < size; ++k) code = code << 6 | (text[i + k] & 0x3f);
    wide[count++] = static_cast<wchar_t>(code);
    i += size;
  }
  wide[count] = 0;
}

}  // namespace

struct Terminal::State {
  SCREEN* curses = nullptr;
  Charset charset = Charset::kAscii;
  ColourDepth depth = ColourDepth::kMono;
  Screen shown{1, 1, Charset::kAscii};
  bool must_redraw = true;
  std::chrono::steady_clock::time_point last_press = {};
  int last_press_x = -1, last_press_y = -1;

  ~State();
  void init_colours(const TerminalOptions& options);
  void set_style(cchar_t& out, const Cell& cell) const;
  Input read_mouse();
};

Terminal::Terminal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Terminal::Terminal(Terminal&&) noexcept = default;
Terminal& Terminal::operator=(Terminal&&) noexcept = default;
Terminal::~Terminal() = default;

Terminal::State::~State() {
  if (!curses) return;
  endwin();
  g_is_open = 0;
  delscreen(curses);
}

Result<Terminal> Terminal::open(const TerminalOptions& options) {
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
    return Error{ErrorKind::kSystem,
                 "standard input and output must be a terminal; use vestige "
                 "for output to files and pipes"};
  }
  auto state = std::make_unique<State>();
  setlocale(LC_CTYPE, "");
  const bool is_utf8 = std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  state->charset =
      is_utf8 && !options.force_ascii ? Charset::kUtf8 : Charset::kAscii;
  tcgetattr(STDIN_FILENO, &g_saved_line);
  const char* type = std::getenv("TERM");
  int error = 0;
  if (!type || setupterm(type, STDOUT_FILENO, &error) != OK) {
    return Error{ErrorKind::kSystem,
                 "the terminal type in TERM is not known here; try "
                 "TERM=xterm-256color"};
  }
  del_curterm(cur_term);
  state->curses = newterm(nullptr, stdout, stdin);
  if (!state->curses) {
    return Error{ErrorKind::kSystem, "the terminal cannot be set up"};
  }
  set_term(state->curses);
  prepare_restore();
  raw();
  noecho();
  nonl();
  set_escdelay(25);
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  curs_set(0);
  state->init_colours(options);
  if (options.use_mouse) {
    mousemask(
        BUTTON1_PRESSED | BUTTON3_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED,
        nullptr);
    mouseinterval(0);
  }
  return Terminal(std::move(state));
}

void Terminal::State::init_colours(const TerminalOptions& options) {
  const char* no_colour = std::getenv("NO_COLOR");
  depth = options.colours;
  if (depth == ColourDepth::kAuto && no_colour && *no_colour) {
    depth = ColourDepth::kMono;
  }
  if (!has_colors() || depth == ColourDepth::kMono) {
    depth = ColourDepth::kMono;
    return;
  }
  start_color();
  use_default_colors();
  const bool has_256 = COLORS >= 256;
  const bool is_direct = COLORS > 256;
  if (depth == ColourDepth::kAuto) {
    depth = has_256 ? ColourDepth::k256 : ColourDepth::k16;
  }
  if (!has_256) depth = ColourDepth::k16;
  const auto fit = [](short colour) -> short {
    return colour >= COLORS ? static_cast<short>(-1) : colour;
  };
  for (size_t i = 0; i < kStyleCount; ++i) {
    const StyleLook& look = kLooks[i];
    const auto pair = static_cast<short>(1 + i);
    const auto selected = static_cast<short>(1 + kStyleCount + i);
    if (depth == ColourDepth::k256 && is_direct) {
      init_extended_pair(pair, direct_colour(look.fg256),
                         direct_colour(look.bg256));
      init_extended_pair(selected, direct_colour(kSelectedFg256),
                         direct_colour(kSelectedBg256));
    } else if (depth == ColourDepth::k256) {
      init_pair(pair, look.fg256, look.bg256);
      init_pair(selected, kSelectedFg256, kSelectedBg256);
    } else {
      init_pair(pair, fit(look.fg16), fit(look.bg16));
      init_pair(selected, kSelectedFg16, kSelectedBg16);
    }
  }
}

void Terminal::State::set_style(cchar_t& out, const Cell& cell) const {
  wchar_t wide[8];
  to_wide(cell.view(), wide, std::size(wide));
  const auto style = static_cast<size_t>(cell.style);
  const Mono mono = kLooks[style].mono;
  if (depth == ColourDepth::kMono) {
    const attr_t attributes =
        mono_attributes(mono) | (cell.is_selected ? A_REVERSE : A_NORMAL);
    setcchar(&out, wide, attributes, 0, nullptr);
    return;
  }
  const auto pair =
      static_cast<short>(1 + style + (cell.is_selected ? kStyleCount : 0));
  setcchar(&out, wide, colour_attributes(mono), pair, nullptr);
}

int Terminal::width() const {
  return getmaxx(stdscr);
}
int Terminal::height() const {
  return getmaxy(stdscr);
}
Charset Terminal::charset() const {
  return state_->charset;
}

void Terminal::redraw() {
  state_->must_redraw = true;
}

void Terminal::show(const Screen& screen) {
  const bool is_same_size = screen.width() == state_->shown.width() &&
                            screen.height() == state_->shown.height();
  const bool is_full = state_->must_redraw || !is_same_size;
  if (is_full) {
    erase();
    clearok(stdscr, TRUE);
  }
  const int width = std::min(screen.width(), getmaxx(stdscr));
  const int height = std::min(screen.height(), getmaxy(stdscr));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Cell& cell = screen.at(x, y);
      if (cell.size == 0) continue;
      if (!is_full && cell == state_->shown.at(x, y) &&
          (x + 1 >= width || screen.at(x + 1, y) == state_->shown.at(x + 1, y)))
        continue;
      cchar_t out;
      state_->set_style(out, cell);
      mvadd_wch(y, x, &out);
    }
  }
  const bool has_cursor = screen.cursor_x() >= 0;
  curs_set(has_cursor ? 1 : 0);
  if (has_cursor) move(screen.cursor_y(), screen.cursor_x());
  refresh();
  state_->shown = screen;
  state_->must_redraw = false;
}

bool Terminal::has_input() const {
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  return poll(&input, 1, 0) > 0;
}

Input Terminal::State::read_mouse() {
  MEVENT event;
  if (getmouse(&event) != OK) return Nothing{};
  Mouse mouse{.x = event.x, .y = event.y};
  if (event.bstate & BUTTON4_PRESSED) {
    mouse.kind = Mouse::Kind::kWheelUp;
  } else if (event.bstate & BUTTON5_PRESSED) {
    mouse.kind = Mouse::Kind::kWheelDown;
  } else if (event.bstate & BUTTON3_PRESSED) {
    mouse.kind = Mouse::Kind::kMenuPress;
  } else if (event.bstate & BUTTON1_PRESSED) {
    const auto now = std::chrono::steady_clock::now();
    const bool is_second = now - last_press < std::chrono::milliseconds(400) &&
                           event.x == last_press_x && event.y == last_press_y;
    if (is_second) mouse.kind = Mouse::Kind::kDoublePress;
    last_press = is_second ? std::chrono::steady_clock::time_point{} : now;
    last_press_x = event.x, last_press_y = event.y;
  } else {
    return Nothing{};
  }
  return mouse;
}

Input Terminal::read(int timeout_ms, int wake_fd) {
  wint_t code = 0;
  int status = get_wch(&code);
  if (status == ERR) {
    pollfd waits[2] = {{STDIN_FILENO, POLLIN, 0}, {wake_fd, POLLIN, 0}};
    poll(waits, wake_fd >= 0 ? 2 : 1, timeout_ms);
    status = get_wch(&code);
    if (status == ERR) {
      if (waits[0].revents & (POLLHUP | POLLERR | POLLNVAL)) return HungUp{};
      return Nothing{};
    }
  }
  if (status == OK) return Key{plain_key(code)};
  if (code == KEY_RESIZE) {
    redraw();
    return Resized{};
  }
  if (code == KEY_MOUSE) return state_->read_mouse();
  const char32_t special = special_key(code);
  return special ? Input{Key{special}} : Input{Nothing{}};
}

void Terminal::suspend() {
  def_prog_mode();
  endwin();
  raise(SIGTSTP);
  reset_prog_mode();
  redraw();
}

}  // namespace vestige::tui
