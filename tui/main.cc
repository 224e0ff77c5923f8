// SPDX-License-Identifier: Apache-2.0
//
// vestige-tui FILE...: an investigator walks through a trace.
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "format/trace_reader.h"
#include "replay/rules/rule_files.h"
#include "tui/app.h"
#include "tui/loaded_case.h"
#include "tui/saved_file.h"
#include "tui/terminal.h"

namespace vestige::tui {
namespace {

struct Options {
  std::vector<std::string> paths;
  bool follows = false;
  std::vector<std::string> rules;  // none: those that come with vestige
  TerminalOptions terminal;
  std::string keys_path;  // empty: the default one, if it is there
};

int complain(const Error& error) {
  std::fputs(fmt::format("vestige-tui: {}\n", error.message).c_str(), stderr);
  return static_cast<int>(error.kind);
}

Result<KeyMap> load_keys(const std::string& asked_for) {
  KeyMap keys;
  const std::string path =
      asked_for.empty() ? settings_path("keys") : asked_for;
  std::ifstream file(path);
  if (!file) {
    if (asked_for.empty()) return keys;
    return Error{ErrorKind::kUsage, path + ": cannot be read"};
  }
  std::ostringstream text;
  text << file.rdbuf();
  TRY(keys.apply_settings(text.str(), path));
  return keys;
}

void forget_wake(int wake_fd) {
  uint64_t count = 0;
  [[maybe_unused]] const auto size = read(wake_fd, &count, sizeof count);
}

// Draws, waits, handles, until the user leaves. Keys typed ahead are handled
// before the next drawing.
Result<void> run(App& app, Terminal& terminal, Loader& loader, int wake_fd) {
  constexpr int kProgressMs = 50;
  bool has_case = false;
  while (!app.has_quit()) {
    const bool is_loading = !loader.is_done();
    app.set_progress(loader.progress());
    if (auto known = loader.take()) {
      app.set_case(std::move(known));
      has_case = true;
    }
    if (auto error = loader.take_error()) {
      if (!has_case) return *std::move(error);
      app.tell_error(*error);
    }
    if (!terminal.has_input()) {
      Screen screen(terminal.width(), terminal.height(), terminal.charset());
      app.draw(screen);
      terminal.show(screen);
    }
    const bool is_busy = is_loading || app.is_busy();
    app.handle(terminal.read(is_busy ? kProgressMs : -1, wake_fd));
    forget_wake(wake_fd);
    if (app.take_stop()) loader.give_up();
    if (app.take_suspend()) terminal.suspend();
    if (app.take_redraw()) terminal.redraw();
  }
  return {};
}

Result<void> show(const Options& options) {
  KeyMap keys = TRY(load_keys(options.keys_path));
  ColumnChoices columns = TRY(ColumnChoices::load(settings_path("columns")));
  const std::vector<std::string>& paths = options.paths;
  if (options.follows && paths.size() > 1) {
    return Error{ErrorKind::kUsage, "--follow takes one trace"};
  }
  // Tells at once, and on an ordinary terminal, when this is no trace.
  TraceHeader header = TRY(TraceReader::open(paths.front())).header();
  for (size_t i = 1; i < paths.size(); ++i) TRY(TraceReader::open(paths[i]));
  Terminal terminal = TRY(Terminal::open(options.terminal));
  const int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  // Marks of a merged trace are at places that its parts do not have.
  const std::string notes_of =
      paths.size() > 1 ? paths.front() + ".merged" : paths.front();
  App app(fmt::format("{}", fmt::join(paths, " ")), std::move(header),
          std::move(keys), terminal.charset(), Bookmarks::load(notes_of));
  app.set_columns(std::move(columns));
  app.set_rules(options.rules.empty() ? std::vector{default_rules()}
                                      : options.rules);
  Loader loader(
      paths,
      options.follows ? CaseReader::Mode::kFollow : CaseReader::Mode::kOnce,
      wake_fd);
  return run(app, terminal, loader, wake_fd);
}

}  // namespace
}  // namespace vestige::tui

int main(int argc, char** argv) {
  using vestige::tui::ColourDepth;
  vestige::tui::Options options;
  CLI::App parser("Walks through a trace of a container.", "vestige-tui");
  parser
      .add_option("FILE", options.paths,
                  "the trace; several of one boot of one machine are merged")
      ->required();
  parser
      .add_option("-r,--rules", options.rules,
                  "rules to ask: files or folders; else those of vestige")
      ->allow_extra_args(false);
  parser.add_flag("--follow", options.follows,
                  "the trace is still being written: show what comes");
  parser
      .add_option("--color", options.terminal.colours,
                  "auto, mono, 16 or 256; NO_COLOR means mono")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, ColourDepth>{{"auto", ColourDepth::kAuto},
                                             {"mono", ColourDepth::kMono},
                                             {"16", ColourDepth::k16},
                                             {"256", ColourDepth::k256}}));
  parser.add_flag("--ascii", options.terminal.force_ascii,
                  "draw with ASCII only");
  parser.add_flag("!--no-mouse", options.terminal.use_mouse,
                  "leave the mouse to the terminal");
  parser.add_option("--keys", options.keys_path,
                    "key bindings; else ~/.config/vestige/keys");
  parser.set_version_flag("--version", "vestige-tui " VESTIGE_VERSION);
  try {
    parser.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = parser.exit(error);
    return status == 0 ? 0 : static_cast<int>(vestige::ErrorKind::kUsage);
  }
  const auto shown = vestige::tui::show(options);
  return shown ? 0 : vestige::tui::complain(shown.error());
}
