// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "replay/facts/field.h"

namespace vestige::cli {
namespace {

// "--json", "-q": every way to write the option.
std::vector<std::string> spellings(const CLI::Option& option) {
  std::vector<std::string> out;
  for (const std::string& name : option.get_snames()) out.push_back("-" + name);
  for (const std::string& name : option.get_lnames())
    out.push_back("--" + name);
  return out;
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

std::string all_spellings(const CLI::App& command) {
  std::string out;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : spellings(*option)) out += name + " ";
  return out;
}

// What stands in single quotes of all three shells.
std::string quoted(std::string text) {
  std::erase_if(text, [](char c) { return c == '\'' || c == '\\'; });
  return "'" + text + "'";
}

// The last word of a filter is completed with names of fields once it has a
// dot; before, with files.
constexpr std::string_view kBash = R"sh(_vestige() {
  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}
  COMPREPLY=()
  if [[ $COMP_CWORD == 1 ]]; then
    COMPREPLY=($(compgen -W "$(_vestige_words all)" -- "$word"))
  elif [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$(_vestige_words "$command")" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
    if [[ $command == events && $word == *.* ]]; then
      COMPREPLY+=($(compgen -W "$(_vestige_words evt.fields)" -- "$word"))
    fi
  fi
}
complete -o filenames -F _vestige vestige
_vestige_words() {
  case $1 in
)sh";

void print_bash(const CLI::App& root) {
  fmt::print("{}", kBash);
  std::string commands, fields;
  for (const CLI::App* command : root.get_subcommands({})) {
    commands += command->get_name() + " ";
    fmt::print("    {}) echo {} ;;\n", command->get_name(),
               quoted(all_spellings(*command)));
  }
  for (const FieldInfo* field : all_fields())
    if (field->get) fields.append(field->name).append(" ");
  fmt::print("    evt.fields) echo {} ;;\n", quoted(fields));
  fmt::print("    all) echo {} ;;\n  esac\n}}\n", quoted(commands + "--help"));
}

// In a description, ':' ends it and brackets close it.
std::string zsh_text(std::string text) {
  for (char& c : text)
    if (c == '[' || c == ']' || c == ':') c = ' ';
  return text;
}

void print_zsh(const CLI::App& root) {
  fmt::print("{}",
             "#compdef vestige\n_vestige() {\n  local -a commands\n"
             "  commands=(\n");
  for (const CLI::App* command : root.get_subcommands({}))
    fmt::print("    {}\n", quoted(command->get_name() + ":" +
                                  zsh_text(command->get_description())));
  fmt::print("{}",
             "  )\n  if ((CURRENT == 2)); then\n"
             "    _describe command commands\n    return\n  fi\n"
             "  case $words[2] in\n");
  for (const CLI::App* command : root.get_subcommands({})) {
    fmt::print("    {})\n      _arguments \\\n", command->get_name());
    for (const CLI::Option* option : command->get_options())
      for (const std::string& name : spellings(*option))
        fmt::print("        {} \\\n",
                   quoted(fmt::format(
                       "{}[{}]{}", name, zsh_text(option->get_description()),
                       takes_value(*option) ? ":value:_files" : "")));
    fmt::print("        '*:file:_files'\n      ;;\n");
  }
  fmt::print("  esac\n}}\n_vestige \"$@\"\n");
}

void print_fish(const CLI::App& root) {
  for (const CLI::App* command : root.get_subcommands({})) {
    fmt::print("complete -c vestige -n __fish_use_subcommand -a {} -d {}\n",
               command->get_name(), quoted(command->get_description()));
    for (const CLI::Option* option : command->get_options()) {
      std::string names;
      for (const std::string& name : option->get_snames())
        names += " -s " + name;
      for (const std::string& name : option->get_lnames())
        names += " -l " + name;
      if (names.empty()) continue;
      fmt::print(
          "complete -c vestige -n '__fish_seen_subcommand_from {}'{}{} -d "
          "{}\n",
          command->get_name(), names, takes_value(*option) ? " -r" : "",
          quoted(option->get_description()));
    }
  }
}

}  // namespace

Tool add_completion(CLI::App& app) {
  const auto shell = std::make_shared<std::string>();
  app.add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  return [shell, &app]() -> Result<int> {
    const CLI::App& root = *app.get_parent();
    if (*shell == "bash") print_bash(root);
    if (*shell == "zsh") print_zsh(root);
    if (*shell == "fish") print_fish(root);
    return 0;
  };
}

}  // namespace vestige::cli
