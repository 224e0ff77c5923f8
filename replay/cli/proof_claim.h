// SPDX-License-Identifier: Apache-2.0
//
// What a proof says that its events are, as JSON, and whether it is true.
#pragma once

#include <string>

#include "format/proof.h"

namespace vestige::cli {

// The event as of `vestige events --json`, without what other events tell.
std::string claim_of(const TraceHeader& header, const Event& event,
                     Position at);

// As ProvenSink: a claim that is not what was recorded is a problem.
std::string check_claim(const TraceHeader& header, const Event& event,
                        const ProofEvent& proven);

}  // namespace vestige::cli
