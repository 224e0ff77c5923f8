// SPDX-License-Identifier: Apache-2.0
//
// Subcommands about trace files as such: what is in them does not matter.
// Each is one file here, has options of its own and one line in main.cc.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "format/crypto.h"
#include "format/result.h"
#include "format/trace_copy.h"
#include "replay/cli/json_line.h"

namespace CLI {
class App;
}

namespace vestige::cli {

// Runs the command after its options were parsed. 0, or 1 for a finding.
using Tool = std::function<Result<int>()>;

Tool add_verify(CLI::App& app);
Tool add_prove(CLI::App& app);
Tool add_repair(CLI::App& app);
Tool add_decrypt(CLI::App& app);
Tool add_keygen(CLI::App& app);
Tool add_cut(CLI::App& app);
Tool add_merge(CLI::App& app);

// Where a new trace goes and who signs it.
struct OutputOptions {
  std::string path;
  std::string signing_key;              // PEM file; empty: not signed
  std::vector<std::string> recipients;  // PEM files; empty: not encrypted
  bool json = false;                    // what is said about it
};
void add_output_options(CLI::App& app, OutputOptions& options);
// Runs a copy that is signed as asked for; says on stdout what it did, on
// stderr what is lost. 1 when an input was not whole. When the trace itself
// goes to stdout ("-"), all that is said goes to stderr.
using Copy = std::function<Result<CopyReport>(const std::string& to,
                                              const CopyOptions&)>;
// add: more keys of what is said as JSON.
Result<int> run_copy(const OutputOptions& output, const Copy& copy,
                     const std::function<void(JsonLine&)>& add = {});

// Calls make() with the path of a file to make. "-" is stdout: traces are not
// written from front to back, so a scratch file goes there once it is whole.
Result<void> make_file(
    const std::string& path,
    const std::function<Result<void>(const std::string&)>& make);
// Where to speak: stdout belongs to a file that goes there.
inline std::FILE* speech(const std::string& path) {
  return path == "-" ? stderr : stdout;
}

}  // namespace vestige::cli
