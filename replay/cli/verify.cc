// SPDX-License-Identifier: Apache-2.0
//
// vestige verify: is a trace what was recorded, and who says so? Likewise of
// single events, by a proof.
#include "format/verify.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>

#include "format/escape.h"
#include "format/proof.h"
#include "replay/cli/json_line.h"
#include "replay/cli/proof_claim.h"
#include "replay/cli/tools.h"

namespace vestige::cli {
namespace {

struct Plan {
  std::vector<std::string> files;
  std::string key;
  std::string anchors;
  std::string extract;
  std::string proof;
  std::string root;
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
  TRY(write_out(prefix + ".signature", text_of(checked.signature->signature)));
  fmt::print(
      "openssl pkeyutl -verify -rawin -pubin -inkey {0}.key.pem -in "
      "{0}.statement -sigfile {0}.signature\n",
      escaped(prefix));
  return {};
}

void print_json(const std::string& file, const Verification& checked,
                const std::string& gap) {
  JsonLine json;
  json.text("file", file);
  json.text("verdict", verdict_name(checked.verdict));
  json.text("sentence", checked.sentence);
  json.text("trace_id", to_hex(checked.trace_id));
  json.text_or_null("key", checked.signature
                               ? fingerprint(checked.signature->key)
                               : std::string());
  json.number("chunks", checked.chunks);
  json.number("events", checked.events);
  json.number("anchors", checked.anchors);
  json.boolean("encrypted", checked.is_encrypted);
  json.text_or_null("gap", gap);
  json.print();
}

void print_verdict(const Plan& plan, const std::string& file,
                   const Verification& checked, const std::string& gap) {
  if (plan.json) return print_json(file, checked, gap);
  fmt::print("{}: {}{}{}\n", escaped(file), checked.sentence,
             checked.is_encrypted ? "; encrypted" : "",
             gap.empty() ? ""
                         : "; does not go on where the file before ends: " +
                               escaped(gap));
}

Result<std::string> read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return Error{ErrorKind::kSystem,
                 fmt::format("cannot open {}: {}", path, std::strerror(errno))};
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// Why somebody who was not there should not believe the proof; empty: no
// reason.
Result<std::string> doubt(const Plan& plan, const ProofCheck& checked) {
  if (!checked.holds()) return checked.problem;
  const std::string root = to_hex(checked.seal.root);
  if (!plan.root.empty() && plan.root != root)
    return fmt::format("the root is {}, not the one that was asked for", root);
  if (!plan.key.empty()) {
    const PublicKey key = TRY(load_public_key(plan.key));
    if (!checked.signature || checked.signature->key != key)
      return fmt::format("it is not signed by key {}", fingerprint(key));
  }
  if (!checked.signature && plan.root.empty())
    return std::string(
        "it is not signed; say with --root which root is known to be good");
  return std::string();
}

// Where it was recorded; of a merged trace, all that is in it.
std::string places_of(const TraceHeader& header) {
  const auto place = [](const TraceHeader& one) {
    return fmt::format("on {} of container {}", one.host_name,
                       one.container.name);
  };
  if (header.origins.empty()) return place(header);
  std::vector<std::string> places;
  for (const TraceHeader& origin : header.origins)
    if (std::string one = place(origin); !std::ranges::count(places, one))
      places.push_back(std::move(one));
  return fmt::format("{}", fmt::join(places, " and "));
}

std::string proof_sentence(const ProofCheck& checked, size_t events) {
  const std::string who =
      checked.signature ? "signed by key " + fingerprint(checked.signature->key)
                        : std::string("with the root that was asked for");
  return fmt::format("proven: {} event{} of trace {}, recorded {}, {}", events,
                     events == 1 ? "" : "s",
                     to_hex(checked.seal.chain.trace_id),
                     places_of(checked.header), who);
}

void print_proof(const Plan& plan, const ProofCheck& checked, bool is_proven,
                 const std::string& sentence) {
  if (!plan.json) {
    fmt::print("{}: {}\n", escaped(plan.proof), escaped(sentence));
    return;
  }
  JsonLine json;
  json.text("file", plan.proof);
  json.text("verdict", is_proven ? "proven" : "not_proven");
  json.text("sentence", sentence);
  json.text("trace_id", to_hex(checked.seal.chain.trace_id));
  json.text("root", to_hex(checked.seal.root));
  json.text_or_null("key", checked.signature
                               ? fingerprint(checked.signature->key)
                               : std::string());
  json.print();
}

Result<int> verify_proof(const Plan& plan) {
  auto parsed = parse_proof(TRY(read_all(plan.proof)));
  if (!parsed) return std::move(parsed).error().within(plan.proof);
  std::vector<std::string> events;
  const ProofCheck checked = check_proof(
      *parsed, [&events](const TraceHeader& header, const Event& event,
                         const ProofEvent& proven) {
        events.push_back(claim_of(header, event, proven.at));
        return check_claim(header, event, proven);
      });
  const std::string problem = TRY(doubt(plan, checked));
  print_proof(plan, checked, problem.empty(),
              problem.empty() ? proof_sentence(checked, events.size())
                              : "not proven: " + problem);
  if (!problem.empty()) return 1;
  for (const std::string& event : events) fmt::print("{}\n", event);
  return 0;
}

// What several files are together, from the first to the last.
void print_series(const Plan& plan, const Verification& first,
                  const Verification& last, bool is_whole) {
  const uint32_t number = first.previous.number + 1;
  const bool goes_on = last.end_reason == EndReason::kRotated;
  if (plan.json) {
    JsonLine json;
    json.text("verdict", is_whole ? "whole_series" : "broken_series");
    json.number("files", plan.files.size());
    json.number("first", number);
    json.boolean("goes_on", goes_on);
    json.print();
  } else if (!is_whole) {
    fmt::print("these files are not one recording without a gap\n");
  } else {
    fmt::print("one recording without a gap: files {} to {} of it{}{}\n",
               number, number + plan.files.size() - 1,
               number == 1 ? "" : "; what was before is not here",
               goes_on ? "; it goes on in a file that is not here" : "");
  }
}

Result<int> verify(const Plan& plan) {
  if (plan.files.empty() == plan.proof.empty())
    return Error{ErrorKind::kUsage,
                 "say what to verify: a trace, or --proof PROOF"};
  if (!plan.proof.empty()) return verify_proof(plan);
  VerifyOptions options;
  if (!plan.key.empty()) options.key = TRY(load_public_key(plan.key));
  if (!plan.anchors.empty()) options.anchors = TRY(load_anchors(plan.anchors));
  bool all_good = true;
  std::optional<Verification> first, before;
  for (const std::string& file : plan.files) {
    Verification checked = TRY(verify_trace(file, options));
    // Files of one recording are given in their order.
    const std::string gap =
        before ? why_not_next(*before, checked) : std::string();
    print_verdict(plan, file, checked, gap);
    if (!plan.extract.empty()) TRY(extract(plan.extract, checked));
    all_good &= is_good(checked.verdict) && gap.empty();
    if (!first) first = checked;
    before = std::move(checked);
  }
  if (plan.files.size() > 1) print_series(plan, *first, *before, all_good);
  return all_good ? 0 : 1;
}

}  // namespace

Tool add_verify(CLI::App& app) {
  auto plan = std::make_shared<Plan>();
  app.add_option("FILE", plan->files,
                 "the trace; several: of one recording that was rotated");
  app.add_option("--key", plan->key, "it must be signed by this key (PEM)");
  app.add_option("--anchor", plan->anchors,
                 "it must agree with the anchors in this file or log");
  app.add_option("--extract", plan->extract,
                 "write PREFIX.statement, .signature and .key.pem for openssl");
  app.add_option("--proof", plan->proof,
                 "what vestige prove made, instead of a trace");
  app.add_option("--root", plan->root,
                 "the proof must lead to this root (hex)");
  app.add_flag("--json", plan->json, "one JSON object");
  return [plan] { return verify(*plan); };
}

}  // namespace vestige::cli
