// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/load_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace vestige {
namespace {

constexpr LoadCodeInfo kCodes[] = {
#define LOAD_PROBLEM(name, code, severity, text) \
  {code, text, Severity::severity},
#include "replay/rules/load_problems.def"
#undef LOAD_PROBLEM
};

// Bytes to each side of a mark that a snippet shows.
constexpr size_t kSnippetSide = 60;

// Rule files are hostile, too: nothing in them may steer a terminal.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (uint8_t(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\x{:02x}", uint8_t(c));
    else
      out += c;
  }
  return out;
}

// What the problem is about: the innermost thing that has a name.
std::string subject(const LoadContext& context) {
  const auto named = std::find_if(
      context.locations.rbegin(), context.locations.rend(),
      [](const LoadLocation& location) { return !location.name.empty(); });
  if (named == context.locations.rend()) return {};
  return fmt::format(" ({} '{}')", printable(named->type),
                     printable(named->name));
}

void add_text(std::string& out, const LoadProblem& problem) {
  const TextMark mark = problem.context.mark();
  const LoadCodeInfo& code = info(problem.code);
  out += fmt::format(
      "{}:{}:{}: {}: {}: {}{}\n", printable(problem.context.file),
      mark.line + 1, mark.column + 1,
      code.severity == Severity::kError ? "error" : "warning", code.code,
      printable(problem.message), subject(problem.context));
  if (!problem.snippet.empty()) out += problem.snippet + "\n";
}

nlohmann::ordered_json problem_json(const LoadProblem& problem) {
  auto locations = nlohmann::ordered_json::array();
  for (const LoadLocation& location : problem.context.locations) {
    locations.push_back({{"item_type", location.type},
                         {"item_name", location.name},
                         {"position",
                          {{"name", problem.context.file},
                           {"line", location.mark.line},
                           {"column", location.mark.column},
                           {"offset", location.mark.offset}}}});
  }
  const LoadCodeInfo& code = info(problem.code);
  return {
      {"code", code.code},
      {"codedesc", code.text},
      {"message", problem.message},
      {"context",
       {{"locations", std::move(locations)}, {"snippet", problem.snippet}}}};
}

}  // namespace

const LoadCodeInfo& info(LoadCode code) {
  return kCodes[size_t(code)];
}

LoadContext LoadContext::within(std::string_view type, std::string_view name,
                                TextMark mark) const {
  LoadContext inner = *this;
  inner.locations.push_back({std::string(type), std::string(name), mark});
  return inner;
}

LoadContext file_context(std::string_view file) {
  return {std::string(file), {{"rules content", "", {}}}};
}

void LoadReport::add(LoadCode code, std::string message,
                     const LoadContext& context, std::string snippet) {
  auto& problems = info(code).severity == Severity::kError ? errors : warnings;
  problems.push_back({code, std::move(message), context, std::move(snippet)});
}

std::string text_snippet(std::string_view text, size_t offset) {
  offset = std::min(offset, text.size());
  size_t begin = offset;
  while (begin > 0 && text[begin - 1] != '\n' && offset - begin < kSnippetSide)
    --begin;
  size_t end = offset;
  while (end < text.size() && text[end] != '\n' && end - offset < kSnippetSide)
    ++end;
  const std::string before = printable(text.substr(begin, offset - begin));
  return fmt::format("  {}{}\n  {:>{}}", before,
                     printable(text.substr(offset, end - offset)), '^',
                     before.size() + 1);
}

std::string load_report_text(std::span<const LoadReport> reports) {
  std::string out;
  for (const LoadReport& report : reports) {
    for (const LoadProblem& problem : report.errors) add_text(out, problem);
    for (const LoadProblem& problem : report.warnings) add_text(out, problem);
  }
  return out;
}

nlohmann::ordered_json load_report_json(std::span<const LoadReport> reports) {
  auto results = nlohmann::ordered_json::array();
  for (const LoadReport& report : reports) {
    auto errors = nlohmann::ordered_json::array();
    for (const LoadProblem& problem : report.errors)
      errors.push_back(problem_json(problem));
    auto warnings = nlohmann::ordered_json::array();
    for (const LoadProblem& problem : report.warnings)
      warnings.push_back(problem_json(problem));
    results.push_back({{"name", report.file},
                       {"successful", report.is_successful()},
                       {"errors", std::move(errors)},
                       {"warnings", std::move(warnings)}});
  }
  return {{"falco_load_results", std::move(results)}};
}

}  // namespace vestige
