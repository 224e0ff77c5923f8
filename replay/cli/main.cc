// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "format/escape.h"
#include "replay/cli/command.h"

namespace vestige::cli {
namespace {

// What stands behind the name of a command.
enum class Takes { kTrace, kTraceAndFilter, kPattern };

struct Command {
  const char* name;
  const char* summary;
  Run run;
  Takes takes = Takes::kTrace;
};

constexpr Command kCommands[] = {
    {"tree", "who started whom, what they ran, how they ended", run_tree},
    {"files", "who did what to which path", run_files},
    {"net", "who talked to whom", run_net},
    {"events", "what was recorded, by filter; 1 if nothing matches", run_events,
     Takes::kTraceAndFilter},
    {"fields", "what filters and formats can ask for", run_fields,
     Takes::kPattern},
    {"info", "what the trace is and what it lacks", run_info},
};

constexpr int kUsage = 2;
constexpr int kSystem = 4;

int complain(std::string_view what, int code) {
  // A mistake in a filter is told in three lines: the last has the caret.
  std::string text;
  for (size_t end = 0; end != what.npos; what.remove_prefix(end + 1)) {
    end = what.find('\n');
    append_escaped(text, what.substr(0, end));
    text += '\n';
    if (end == what.npos) break;
  }
  fmt::print(stderr, "vestige: {}", text);
  return code;
}

void add_events_options(CLI::App& app, Options& options) {
  app.add_option("FILTER", options.filter,
                 "as of sysdig and Falco: proc.name=sh and evt.type=execve");
  app.add_option("-p,--print", options.format,
                 "a line per event: \"%evt.time %proc.name %fd.name\"");
  app.add_option("--fields", options.fields,
                 "CSV of these fields (with --json: JSON lines)");
}

void add_options(CLI::App& app, Takes takes, Options& options) {
  static const std::map<std::string, ColorMode> kColors = {
      {"auto", ColorMode::kAuto},
      {"always", ColorMode::kAlways},
      {"never", ColorMode::kNever}};
  if (takes == Takes::kPattern)
    app.add_option("PATTERN", options.pattern, "part of a name or meaning");
  else
    app.add_option("FILE", options.file, "the trace")->required();
  if (takes == Takes::kTraceAndFilter) add_events_options(app, options);
  app.add_flag("--json", options.json, "one JSON object per line");
  app.add_flag("--all", options.all, "also what is left out as noise");
  app.add_flag("--wide", options.wide, "do not cut lines to the terminal");
  app.add_option("--process", options.process,
                 "only this process (ID of `vestige tree`)");
  app.add_option("--color", options.color, "auto, always or never")
      ->transform(CLI::CheckedTransformer(kColors));
}

int run(int argc, char** argv) {
  CLI::App app("Replays what Vestige recorded of a container.", "vestige");
  app.set_version_flag("--version",
                       "vestige " VESTIGE_VERSION " (" VESTIGE_COMMIT ")");
  app.require_subcommand(1);
  Options options;
  for (const Command& command : kCommands)
    add_options(*app.add_subcommand(command.name, command.summary),
                command.takes, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return complain(fmt::format("{}; see vestige --help", error.what()),
                    kUsage);
  }
  for (const Command& command : kCommands) {
    if (!app.got_subcommand(command.name)) continue;
    auto done = command.run(options);
    if (!done) return complain(done.error().message, int(done.error().kind));
    if (std::fflush(stdout) != 0)
      return complain("cannot write to stdout", kSystem);
    return *done;
  }
  return kUsage;
}

}  // namespace
}  // namespace vestige::cli

int main(int argc, char** argv) {
  return vestige::cli::run(argc, argv);
}
