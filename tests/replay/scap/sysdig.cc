// SPDX-License-Identifier: Apache-2.0
#include "tests/replay/scap/sysdig.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace vestige {
namespace {

constexpr char kSeparator = '\x1f';
// How sysdig says that there is nothing to say.
constexpr std::string_view kNothing[] = {"<NA>", "NULL", "(NULL)"};

bool is_nothing(std::string_view text) {
  for (const std::string_view nothing : kNothing)
    if (text == nothing) return true;
  return false;
}

Statement parse(std::string_view line) {
  Statement statement;
  for (std::string& value : statement.values) {
    const size_t end = line.find(kSeparator);
    const std::string_view text = line.substr(0, end);
    if (!is_nothing(text)) value = text;
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  }
  return statement;
}

}  // namespace

bool has_sysdig() {
  return std::system("sysdig --version >/dev/null 2>&1") == 0;
}

std::vector<Statement> ask_sysdig(const std::string& capture) {
  // The star asks for lines in which something is missing, too.
  std::string format = "*";
  for (const char* field : kSysdigFields)
    format.append("%").append(field).push_back(kSeparator);
  const std::string command =
      fmt::format("sysdig -r '{}' -p '{}' 2>/dev/null", capture, format);
  std::vector<Statement> statements;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return statements;
  char* line = nullptr;
  size_t capacity = 0;
  for (ssize_t size; (size = getline(&line, &capacity, pipe)) > 0;)
    statements.push_back(parse({line, size_t(size)}));
  std::free(line);
  pclose(pipe);
  return statements;
}

}  // namespace vestige
