// SPDX-License-Identifier: Apache-2.0
//
// vestige prove: that events are in a sealed trace, without the trace.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "format/escape.h"
#include "format/proof.h"
#include "replay/cli/proof_claim.h"
#include "replay/cli/tools.h"

namespace vestige::cli {
namespace {

struct Plan {
  std::string file;
  std::vector<std::string> positions;
  std::string output;
  bool json = false;
};

Result<std::vector<Position>> positions_of(const Plan& plan) {
  std::vector<Position> out;
  for (const std::string& text : plan.positions) {
    const auto at = parse_position(text);
    if (!at)
      return Error{ErrorKind::kUsage,
                   fmt::format("'{}' is not a position: write CHUNK:INDEX, the "
                               "`at` of vestige events --json",
                               escaped(text))};
    if (std::ranges::find(out, *at) == out.end()) out.push_back(*at);
  }
  return out;
}

Result<void> write_out(const std::string& path, const std::string& text) {
  if (path.empty()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return {};
  }
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text << std::flush;
  if (!out)
    return Error{ErrorKind::kSystem, fmt::format("cannot write {}: {}", path,
                                                 std::strerror(errno))};
  return {};
}

Result<int> run_prove(const Plan& plan) {
  const auto positions = TRY(positions_of(plan));
  Proof proof = TRY(prove(plan.file, positions));
  // Reading its own proof gives the claims, and proves that it holds.
  std::vector<std::string> claims;
  const ProofCheck checked =
      check_proof(proof, [&claims](const TraceHeader& header,
                                   const Event& event, const ProofEvent& of) {
        claims.push_back(claim_of(header, event, of.at));
        return std::string();
      });
  if (!checked.holds())
    return Error{ErrorKind::kBadInput,
                 fmt::format("{}: {}", plan.file, checked.problem)};
  for (size_t i = 0; i < claims.size(); ++i) proof.events[i].claim = claims[i];
  const std::string json = to_json(proof);
  TRY(write_out(plan.output, json));
  if (!checked.signature)
    fmt::print(stderr,
               "vestige: the trace is not signed: the proof is worth as much "
               "as the word of who says that its root is {}\n",
               to_hex(checked.seal.root));
  if (plan.output.empty()) return 0;
  if (plan.json) {
    JsonLine told;
    told.text("output", plan.output);
    told.number("events", claims.size());
    told.number("bytes", json.size());
    told.boolean("is_signed", checked.signature.has_value());
    told.print();
  } else {
    fmt::print("{}: proves {} event{} with {} bytes\n", escaped(plan.output),
               claims.size(), claims.size() == 1 ? "" : "s", json.size());
  }
  return 0;
}

}  // namespace

Tool add_prove(CLI::App& app) {
  auto plan = std::make_shared<Plan>();
  app.add_option("FILE", plan->file, "the trace")->required();
  app.add_option("POSITION", plan->positions,
                 "CHUNK:INDEX of each event: `at` of vestige events --json")
      ->required();
  app.add_option("-o,--output", plan->output, "where to; else stdout");
  app.add_flag("--json", plan->json,
               "with -o: say what was proven as a JSON object; a proof is one");
  return [plan] { return run_prove(*plan); };
}

}  // namespace vestige::cli
