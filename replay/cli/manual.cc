// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/manual.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace vestige::cli {
namespace {

// Text in the language of man pages: a backslash and a dot or quote at the
// beginning of a line would be read as commands.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out;
}

std::string spelling(const CLI::Option& option) {
  if (option.get_positional()) return {};
  std::string out;
  const auto add = [&](std::string_view dashes, const std::string& name) {
    if (!out.empty()) out += ", ";
    out += fmt::format("\\fB{}\\fP", roff(std::string(dashes) + name));
  };
  for (const std::string& name : option.get_snames()) add("-", name);
  for (const std::string& name : option.get_lnames()) add("--", name);
  if (option.get_items_expected_max() > 0) out += " \\fIVALUE\\fP";
  return out;
}

void print_options(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    const std::string name =
        option->get_positional()
            ? fmt::format("\\fI{}\\fP", roff(option->get_name(true)))
            : spelling(*option);
    fmt::print(".TP\n{}\n{}\n", name, roff(option->get_description()));
  }
}

void print_command(const CLI::App& command) {
  std::string operands;
  for (const CLI::Option* option : command.get_options())
    if (option->get_positional())
      operands +=
          fmt::format(" \\fI{}\\fP{}", roff(option->get_name(true)),
                      option->get_items_expected_max() > 1 ? " ..." : "");
  fmt::print(".SS {}\n.B vestige {}\n[\\fIOPTION\\fP ...]{}\n.PP\n{}.\n",
             roff(command.get_name()), roff(command.get_name()), operands,
             roff(command.get_description()));
  print_options(command);
}

constexpr std::string_view kAbout = R"(.SH DESCRIPTION
Rebuilds processes, files and connections from traces that
.BR vestige\-capture (1)
recorded, and answers questions about them: offline, on any machine, without
privileges.
A trace is only read.
.PP
Where several traces are given, a folder stands for all traces
.RI ( *.vtrace )
below it, and
.B \-
for standard input; answers are in the order of time, with host and container.
)";

constexpr std::string_view kEnd = R"(.SH EXIT STATUS
.TP
.B 0
all is well, something was found
.TP
.B 1
nothing matches, or what was checked is not as it should be
.TP
.B 2
the command line or a filter is wrong
.TP
.B 3
the input is damaged or no trace
.TP
.B 4
the system refused something
.SH ENVIRONMENT
.TP
.B NO_COLOR
no colours, whatever it is set to
.SH SEE ALSO
.BR vestige\-capture (1),
.BR vestige\-tui (1),
.BR sysdig (8)
)";

}  // namespace

Tool add_manual(CLI::App& app) {
  return [&app]() -> Result<int> {
    const CLI::App& root = *app.get_parent();
    fmt::print(
        ".\\\" SPDX-License-Identifier: Apache-2.0\n"
        ".TH VESTIGE 1 \"November 2026\" \"{}\" \"User Commands\"\n"
        ".SH NAME\nvestige \\- replay what happened in a container\n"
        ".SH SYNOPSIS\n.B vestige\n\\fICOMMAND\\fP [\\fIOPTION\\fP ...] "
        "[\\fIFILE\\fP ...]\n",
        roff(root.version()));
    fmt::print("{}.SH COMMANDS\n", kAbout);
    for (const CLI::App* command : root.get_subcommands({}))
      print_command(*command);
    fmt::print("{}", kEnd);
    return 0;
  };
}

}  // namespace vestige::cli
