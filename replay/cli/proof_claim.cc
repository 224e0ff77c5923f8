// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/proof_claim.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "replay/cli/event_json.h"

namespace vestige::cli {

std::string claim_of(const TraceHeader& header, const Event& event,
                     Position at) {
  return event_json(event, at, header.start.unix_at(event.time_ns), nullptr)
      .take();
}

std::string check_claim(const TraceHeader& header, const Event& event,
                        const ProofEvent& proven) {
  using nlohmann::json;
  if (proven.claim.empty()) return {};
  const json said = json::parse(proven.claim, nullptr, false);
  const json is =
      json::parse(claim_of(header, event, proven.at), nullptr, false);
  if (said == is) return {};
  // A newer program may tell more or less of an event; the first difference
  // says which it is.
  const json difference = json::diff(is, said);
  return fmt::format("event {}:{} is not what is claimed: {} is otherwise",
                     proven.at.chunk, proven.at.index,
                     difference.empty()
                         ? std::string("it")
                         : difference[0].value("path", std::string()));
}

}  // namespace vestige::cli
