// SPDX-License-Identifier: Apache-2.0
//
// vestige decrypt: a copy of an encrypted trace that everybody can read.
// vestige keygen: the keys for it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "format/crypto_box.h"
#include "format/escape.h"
#include "replay/cli/tools.h"

namespace vestige::cli {

Tool add_decrypt(CLI::App& app) {
  struct Plan {
    std::string file;
    OutputOptions output;
  };
  auto plan = std::make_shared<Plan>();
  app.add_option("FILE", plan->file, "the encrypted trace")->required();
  add_output_options(app, plan->output);
  return [plan] {
    return run_copy(plan->output,
                    [&plan](const std::string& to, const CopyOptions& options) {
                      return decrypt_trace(plan->file, to, options);
                    });
  };
}

Tool add_keygen(CLI::App& app) {
  auto path = std::make_shared<std::string>();
  auto is_json = std::make_shared<bool>(false);
  app.add_flag("--json", *is_json, "a JSON object");
  app.add_option("FILE", *path, "the private key; FILE.pub is the public one")
      ->required();
  return [path, is_json]() -> Result<int> {
    const Identity made = TRY(Identity::create(*path));
    if (*is_json) {
      JsonLine json;
      json.text("private_key", *path);
      json.text("public_key", *path + ".pub");
      json.text("fingerprint", fingerprint(made.recipient()));
      json.print();
      return 0;
    }
    fmt::print(
        "{0}: private key {1}; whoever has it reads what is recorded with "
        "--encrypt-to {0}.pub\n",
        escaped(*path), fingerprint(made.recipient()));
    return 0;
  };
}

}  // namespace vestige::cli
