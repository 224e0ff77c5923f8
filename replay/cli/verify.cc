// SPDX-License-Identifier: Apache-2.0
//
// vestige verify: is a trace what was recorded, and who says so?
#include "format/verify.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "format/escape.h"
#include "replay/cli/json_line.h"
#include "replay/cli/tools.h"

namespace vestige::cli {
namespace {

struct Plan {
  std::string file;
  std::string key;
  std::string anchors;
  std::string extract;
  bool json = false;
};

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kIntactSigned: return "intact_signed";
    case Verdict::kIntactUnsigned: return "intact_unsigned";
    case Verdict::kIncomplete: return "incomplete";
    case Verdict::kAltered: return "altered";
    case Verdict::kOtherKey: return "other_key";
  }
  return "";
}

bool is_good(Verdict verdict) {
  return verdict == Verdict::kIntactSigned ||
         verdict == Verdict::kIntactUnsigned;
}

Result<void> write_out(const std::string& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary);
  out << bytes << std::flush;
  if (!out)
    return Error{ErrorKind::kSystem, fmt::format("cannot write {}: {}", path,
                                                 std::strerror(errno))};
  return {};
}

// What `openssl pkeyutl -verify -rawin` wants, and how to ask it.
Result<void> extract(const std::string& prefix, const Verification& checked) {
  if (!checked.signature)
    return Error{ErrorKind::kUsage, "there is no signature to extract"};
  TRY(write_out(prefix + ".statement", to_text(checked.seal)));
  TRY(write_out(prefix + ".key.pem", to_pem(checked.signature->key)));
  const auto& raw = checked.signature->signature;
  TRY(write_out(prefix + ".signature",
                {reinterpret_cast<const char*>(raw.data()), raw.size()}));
  fmt::print(
      "openssl pkeyutl -verify -rawin -pubin -inkey {0}.key.pem -in "
      "{0}.statement -sigfile {0}.signature\n",
      escaped(prefix));
  return {};
}

void print_json(const Plan& plan, const Verification& checked) {
  JsonLine json;
  json.text("file", plan.file);
  json.text("verdict", verdict_name(checked.verdict));
  json.text("sentence", checked.sentence);
  json.text("trace_id", to_hex(checked.trace_id));
  json.text_or_null("key", checked.signature
                               ? fingerprint(checked.signature->key)
                               : std::string());
  json.number("chunks", checked.chunks);
  json.number("events", checked.events);
  json.number("anchors", checked.anchors);
  json.print();
}

Result<int> verify(const Plan& plan) {
  VerifyOptions options;
  if (!plan.key.empty()) options.key = TRY(load_public_key(plan.key));
  if (!plan.anchors.empty()) options.anchors = TRY(load_anchors(plan.anchors));
  const Verification checked = TRY(verify_trace(plan.file, options));
  if (plan.json)
    print_json(plan, checked);
  else
    fmt::print("{}: {}\n", escaped(plan.file), checked.sentence);
  if (!plan.extract.empty()) TRY(extract(plan.extract, checked));
  return is_good(checked.verdict) ? 0 : 1;
}

}  // namespace

Tool add_verify(CLI::App& app) {
  auto plan = std::make_shared<Plan>();
  app.add_option("FILE", plan->file, "the trace")->required();
  app.add_option("--key", plan->key, "it must be signed by this key (PEM)");
  app.add_option("--anchor", plan->anchors,
                 "it must agree with the anchors in this file or log");
  app.add_option("--extract", plan->extract,
                 "write PREFIX.statement, .signature and .key.pem for openssl");
  app.add_flag("--json", plan->json, "one JSON object");
  return [plan] { return verify(*plan); };
}

}  // namespace vestige::cli
