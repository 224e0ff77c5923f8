// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/tools.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>

#include "format/escape.h"

namespace vestige::cli {

void add_output_options(CLI::App& app, OutputOptions& options) {
  app.add_option("-o,--output", options.path, "the new trace")->required();
  app.add_option("--sign", options.signing_key,
                 "sign with this Ed25519 key (PEM)");
}

Result<int> run_copy(const OutputOptions& output, const Copy& copy) {
  std::optional<SigningKey> key;
  CopyOptions options;
  if (!output.signing_key.empty()) {
    key = TRY(SigningKey::load(output.signing_key));
    options.writer.signing_key = &*key;
  }
  const CopyReport report = TRY(copy(options));
  for (const Loss& loss : report.losses)
    fmt::print(stderr, "vestige: {}: {} ({})\n", info(loss.reason).text,
               escaped(loss.where), loss.count);
  fmt::print("{} of {} events written to {}\n", report.events_written,
             report.events_read, escaped(output.path));
  return report.was_complete ? 0 : 1;
}

}  // namespace vestige::cli
