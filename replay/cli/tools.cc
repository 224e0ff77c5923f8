// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/tools.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <optional>

#include "format/escape.h"
#include "replay/export/scratch.h"

namespace vestige::cli {

void add_output_options(CLI::App& app, OutputOptions& options) {
  app.add_option("-o,--output", options.path, "the new trace; - for stdout")
      ->required();
  app.add_option("--sign", options.signing_key,
                 "sign with this Ed25519 key (PEM)");
  app.add_option("--encrypt-to", options.recipients,
                 "only who has the private half of this key can read it (PEM)")
      ->allow_extra_args(false);
  app.add_flag("--json", options.json, "say what was done as a JSON object");
}

namespace {

// A badly damaged file has thousands.
void print_losses(const std::vector<Loss>& losses) {
  constexpr size_t kShown = 20;
  for (size_t i = 0; i < std::min(kShown, losses.size()); ++i)
    fmt::print(stderr, "vestige: {}: {} ({})\n", info(losses[i].reason).text,
               escaped(losses[i].where), losses[i].count);
  if (losses.size() > kShown)
    fmt::print(stderr,
               "vestige: and {} more places; vestige info of the copy "
               "has the sums\n",
               losses.size() - kShown);
}

std::string json_of(const CopyReport& report, const std::string& path,
                    const std::function<void(JsonLine&)>& add) {
  JsonLine json;
  json.text("output", path);
  json.number("events_read", report.events_read);
  json.number("events_written", report.events_written);
  json.boolean("was_complete", report.was_complete);
  json.open_array("losses");
  for (const Loss& loss : report.losses) {
    json.open_object("");
    json.text("reason", info(loss.reason).text);
    json.text("where", loss.where);
    json.number("count", loss.count);
    json.close_object();
  }
  json.close_array();
  if (add) add(json);
  return json.take();
}

}  // namespace

Result<void> make_file(
    const std::string& path,
    const std::function<Result<void>(const std::string&)>& make) {
  if (path != "-") return make(path);
  if (isatty(STDOUT_FILENO))
    return Error{ErrorKind::kUsage,
                 "a trace could steer the terminal: give -o a file or a pipe"};
  const ScratchFolder scratch = TRY(ScratchFolder::make());
  const std::string made = scratch.file("made");
  TRY(make(made));
  return copy_to_stdout(made);
}

Result<int> run_copy(const OutputOptions& output, const Copy& copy,
                     const std::function<void(JsonLine&)>& add) {
  std::optional<SigningKey> key;
  CopyOptions options;
  if (!output.signing_key.empty()) {
    key = TRY(SigningKey::load(output.signing_key));
    options.writer.signing_key = &*key;
  }
  for (const std::string& path : output.recipients)
    options.writer.recipients.push_back(TRY(load_recipient(path)));
  CopyReport report;
  const auto make = [&](const std::string& to) -> Result<void> {
    report = TRY(copy(to, options));
    return {};
  };
  TRY(make_file(output.path, make));
  const int code = report.was_complete ? 0 : 1;
  if (output.json) {
    fmt::print(speech(output.path), "{}\n", json_of(report, output.path, add));
    return code;
  }
  print_losses(report.losses);
  fmt::print(speech(output.path), "{} of {} events written to {}\n",
             report.events_written, report.events_read,
             output.path == "-" ? "stdout" : escaped(output.path));
  return code;
}

}  // namespace vestige::cli
