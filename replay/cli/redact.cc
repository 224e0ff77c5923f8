// SPDX-License-Identifier: Apache-2.0
//
// vestige redact: a trace that can be shown to others.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "format/escape.h"
#include "replay/cli/evidence.h"
#include "replay/cli/tools.h"
#include "replay/evidence/manifest.h"
#include "replay/evidence/redact_trace.h"

namespace vestige::cli {
namespace {

struct Plan {
  std::string file;
  std::vector<std::string> profiles;
  std::string values_file;
  RedactionOptions what;
  OutputOptions output;
};

// Values are secret: they stand in a file, not on a command line.
Result<void> read_values(const std::string& path, RedactionOptions& what) {
  const std::string text = TRY(read_file(path));
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (!line.empty()) what.values.emplace_back(line);
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  return {};
}

// How it was asked for, without what was secret about it.
std::string words_of(const Plan& plan) {
  std::string out = fmt::format("--profile {}", fmt::join(plan.profiles, ","));
  if (!plan.what.patterns.empty())
    out += fmt::format(", {} more patterns", plan.what.patterns.size());
  if (!plan.what.values.empty())
    out += fmt::format(", {} given values", plan.what.values.size());
  return out;
}

Result<int> redact(Plan& plan) {
  for (const std::string& profile : plan.profiles) {
    plan.what.secrets |= profile == "secrets";
    plan.what.users |= profile == "users";
    plan.what.addresses |= profile == "addresses";
  }
  if (!plan.values_file.empty()) TRY(read_values(plan.values_file, plan.what));
  RedactionReport report;
  const Copy copy = [&](const std::string& to,
                        const CopyOptions& options) -> Result<CopyReport> {
    report =
        TRY(redact_trace(plan.file, to, plan.what, words_of(plan), options));
    return report.copy;
  };
  const auto add = [&](JsonLine& json) {
    json.open_array("taken_out");
    for (const auto& [what, count] : report.counts) {
      json.open_object("");
      json.text("what", what);
      json.number("places", count);
      json.close_object();
    }
    json.close_array();
  };
  const int code = TRY(run_copy(plan.output, copy, add));
  if (plan.output.json) return code;
  for (const auto& [what, count] : report.counts)
    fmt::print(speech(plan.output.path), "{} places: {}\n", count, what);
  if (report.counts.empty())
    fmt::print(speech(plan.output.path), "nothing was taken out\n");
  return code;
}

}  // namespace

Tool add_redact(CLI::App& app) {
  auto plan = std::make_shared<Plan>();
  app.add_option("FILE", plan->file, "the trace")->required();
  app.add_option("--profile", plan->profiles,
                 "what to take out: secrets, users, addresses")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->required()
      ->check(CLI::IsMember({"secrets", "users", "addresses"}));
  app.add_option("--pattern", plan->what.patterns,
                 "also what this matches, or its first group (RE2)")
      ->allow_extra_args(false);
  app.add_option("--values", plan->values_file,
                 "also these texts, one a line of a file");
  add_output_options(app, plan->output);
  return [plan] { return redact(*plan); };
}

}  // namespace vestige::cli
