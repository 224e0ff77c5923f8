// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string_view>

#include "format/escape.h"
#include "replay/cli/command.h"
#include "replay/cli/completion.h"
#include "replay/cli/evidence.h"
#include "replay/cli/export.h"
#include "replay/cli/import.h"
#include "replay/cli/manual.h"
#include "replay/cli/rules.h"
#include "replay/cli/sysdig.h"
#include "replay/cli/tools.h"
#include "replay/cli/trace_files.h"

namespace vestige::cli {
namespace {

void add_common_options(CLI::App& app, Options& options) {
  static const std::map<std::string, ColorMode> kColors = {
      {"auto", ColorMode::kAuto},
      {"always", ColorMode::kAlways},
      {"never", ColorMode::kNever}};
  app.add_flag("--json", options.json, "one JSON object per line");
  app.add_flag("--all", options.all, "also what is left out as noise");
  app.add_flag("--wide", options.wide, "do not cut lines to the terminal");
  app.add_option("--process", options.process,
                 "only this process (ID of `vestige tree`)");
  app.add_option("--color", options.color, "auto, always or never")
      ->transform(CLI::CheckedTransformer(kColors));
}

void add_trace(CLI::App& app, Options& options) {
  app.add_option("FILE", options.file, "the trace")->required();
}

void add_traces(CLI::App& app, Options& options) {
  app.add_option("FILE", options.files,
                 "traces, folders with traces, - for standard input")
      ->required();
}

void add_events_options(CLI::App& app, Options& options) {
  app.add_option("FILE", options.words,
                 "traces, folders with traces, - for standard input; then the "
                 "filter: proc.name=sh and evt.type=execve");
  app.add_option("-r,--read", options.files,
                 "a trace; all that has no option is then the filter")
      ->allow_extra_args(false);
  app.add_option("-n,--count", options.count, "stop after so many events");
  app.add_flag("-q,--quiet", options.quiet,
               "print nothing: 0 if an event matches, 1 if none does");
  app.add_flag("--explain", options.explain,
               "say what was read to find the answer");
  app.add_option("-p,--print", options.format,
                 "a line per event: \"%evt.time %proc.name %fd.name\"");
  app.add_option("--fields", options.fields,
                 "CSV of these fields (with --json: JSON lines)");
}

void add_fields_options(CLI::App& app, Options& options) {
  app.add_option("PATTERN", options.pattern, "part of a name or meaning");
  app.add_flag("--markdown", options.markdown, "all of them as a page");
}

void add_files_options(CLI::App& app, Options& options) {
  add_traces(app, options);
  app.add_option("--life", options.life,
                 "the whole lives of files that had such a name, as a shell "
                 "pattern");
  app.add_flag("--marks", options.marks,
               "what was done to hide: time stamps, histories, logs, programs");
}

void add_net_options(CLI::App& app, Options& options) {
  add_traces(app, options);
  app.add_flag("--connections", options.connections,
               "a row per connection: its owners, its end, its other end");
}

void add_extract_options(CLI::App& app, Options& options) {
  add_trace(app, options);
  app.add_option("--path", options.path, "which files, as a shell pattern");
  app.add_flag("--streams", options.streams,
               "not files but what went through pipes and connections");
  app.add_option("-c,--connection", options.connection,
                 "with --streams: only CONN of `vestige net`");
  app.add_option("-o,--output", options.output,
                 "folder to write them to, with a manifest");
}

void add_follow_options(CLI::App& app, Options& options) {
  static const std::map<std::string, PayloadView> kViews = {
      {"text", PayloadView::kText},
      {"hex", PayloadView::kHex},
      {"raw", PayloadView::kRaw}};
  add_trace(app, options);
  app.add_option("-c,--connection", options.connection, "CONN of `vestige net`")
      ->required();
  app.add_option("--as", options.view, "text, hex or raw")
      ->transform(CLI::CheckedTransformer(kViews));
}

void add_at_options(CLI::App& app, Options& options) {
  static const std::map<std::string, StatePart> kParts = {
      {"ps", StatePart::kProcesses},
      {"fds", StatePart::kDescriptors},
      {"net", StatePart::kConnections},
      {"mounts", StatePart::kMounts},
      {"files", StatePart::kFiles}};
  add_trace(app, options);
  app.add_option("PART", options.part, "ps, fds, net, mounts or files")
      ->transform(CLI::CheckedTransformer(kParts));
  app.add_option("--time", options.time,
                 "+SECONDS, HH:MM:SS or YYYY-MM-DDTHH:MM:SSZ (UTC)")
      ->required();
  app.add_flag("--from-start", options.from_start,
               "read everything before: IDs as in `vestige tree` and `net`");
}

void add_why_options(CLI::App& app, Options& options) {
  add_trace(app, options);
  app.add_option("SUBJECT", options.subject,
                 "absolute path, process ID or connection:N")
      ->required();
  app.add_flag("--dot", options.dot, "for Graphviz");
}

// A question about what is in a trace: its own options, and those that all
// of them share.
template <Run run, void (*add_own)(CLI::App&, Options&) = add_trace>
Tool add_question(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_own(app, *options);
  add_common_options(app, *options);
  return [options] { return run(*options); };
}

struct Command {
  const char* name;
  const char* summary;
  Tool (*add)(CLI::App& app);
};

constexpr Command kCommands[] = {
    {"tree", "who started whom, what they ran, how they ended",
     add_question<run_tree, add_traces>},
    {"files", "who did what to which path",
     add_question<run_files, add_files_options>},
    {"net", "who talked to whom", add_question<run_net, add_net_options>},
    {"events", "what was recorded, by filter; 1 if nothing matches",
     add_question<run_events, add_events_options>},
    {"fields", "what filters and formats can ask for",
     add_question<run_fields, add_fields_options>},
    {"extract", "what files held or streams carried, as far as captured",
     add_question<run_extract, add_extract_options>},
    {"follow", "what was said in one connection",
     add_question<run_follow, add_follow_options>},
    {"at", "the container as it stood at one instant",
     add_question<run_at, add_at_options>},
    {"why", "what led to something and what came of it",
     add_question<run_why, add_why_options>},
    {"info", "what the trace is and what it lacks", add_question<run_info>},
    {"rules", "what in traces is known to be bad", add_rules},
    {"verify", "is the trace what was recorded, and who says so", add_verify},
    {"prove", "that events are in a sealed trace, without the trace",
     add_prove},
    {"repair", "a clean copy of what can be read of a damaged trace",
     add_repair},
    {"decrypt", "a copy of an encrypted trace that everybody can read",
     add_decrypt},
    {"keygen", "a key pair: record --encrypt-to its public half", add_keygen},
    {"redact", "a copy without secrets, names or addresses", add_redact},
    {"cut", "a smaller trace that names its parent", add_cut},
    {"merge", "one timeline out of several traces", add_merge},
    {"sysdig", "the command line of sysdig -r, asked of a trace", add_sysdig},
    {"import", "a trace out of a .scap capture", add_import},
    {"export", "a trace in the formats of other tools", add_export},
    {"evidence", "a sealed folder of what a script finds in traces",
     add_evidence},
    {"custody", "is a bundle as it was made; what was done with it",
     add_custody},
    {"completion", "what a shell needs to complete commands", add_completion},
    {"manual", "the manual page", add_manual},
};

constexpr std::string_view kAboutAll[] = {"completion", "manual"};

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

int finish(const Result<int>& done) {
  if (!done) return complain(done.error().message, int(done.error().kind));
  if (std::fflush(stdout) != 0)
    return complain("cannot write to stdout", kSystem);
  return *done;
}

// "-" is standard input for whatever reads a file. Events look for it among
// their words, a bundle of evidence must name what it was made of, and keys are
// written.
void take_stdin(CLI::App& command) {
  for (const char* const other : {"events", "evidence", "custody", "keygen"})
    if (command.get_name() == other) return;
  CLI::Option* const file = command.get_option_no_throw("FILE");
  if (!file) return;
  file->transform(CLI::Validator(
      [](std::string& operand) {
        auto name = file_of(operand);
        if (!name) return name.error().message;
        operand = *std::move(name);
        return std::string();
      },
      ""));
}

// CLI11 says only that a subcommand is missing.
bool is_unknown_command(int argc, char** argv) {
  return argc > 1 && argv[1][0] != '-' &&
         std::ranges::none_of(kCommands, [&](const Command& command) {
           return std::string_view(command.name) == argv[1];
         });
}

// To declare the options of all commands takes longer than a short answer:
// who asks one command needs its own only, unless it tells of the others.
bool is_needed(const Command& command, int argc, char** argv) {
  const std::string_view asked = argc > 1 ? argv[1] : "";
  const bool is_about_all =
      asked.empty() || asked[0] == '-' ||
      std::ranges::find(kAboutAll, asked) != std::end(kAboutAll);
  return is_about_all || asked == command.name;
}

int run(int argc, char** argv) {
  if (is_unknown_command(argc, argv))
    return complain(fmt::format("no command '{}'; see vestige --help", argv[1]),
                    kUsage);
  CLI::App app("Replays what Vestige recorded of a container.", "vestige");
  app.set_version_flag("--version",
                       "vestige " VESTIGE_VERSION " (" VESTIGE_COMMIT ")");
  app.require_subcommand(1);
  std::map<const CLI::App*, Tool> tools;
  for (const Command& command : kCommands) {
    if (!is_needed(command, argc, argv)) continue;
    CLI::App* added = app.add_subcommand(command.name, command.summary);
    added->add_option_function<std::string>(
        "--identity",
        [](const std::string& path) {
          ::setenv("VESTIGE_IDENTITY", path.c_str(), 1);
        },
        "private key (PEM) that opens encrypted traces");
    tools[added] = command.add(*added);
    take_stdin(*added);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return complain(fmt::format("{}; see vestige --help", error.what()),
                    kUsage);
  }
  return finish(tools.at(app.get_subcommands().front())());
}

}  // namespace
}  // namespace vestige::cli

int main(int argc, char** argv) {
  return vestige::cli::run(argc, argv);
}
