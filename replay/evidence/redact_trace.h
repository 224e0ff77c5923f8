// SPDX-License-Identifier: Apache-2.0
//
// A copy of a trace that can be shown to others. It verifies like any trace
// and names its parent; what was taken out is marked where it stood
// (kPartRedacted) and counted as losses.
#pragma once

#include <string>

#include "format/trace_copy.h"
#include "replay/evidence/redactor.h"

namespace vestige {

struct RedactionReport {
  CopyReport copy;
  std::map<std::string, uint64_t> counts;  // places, by what was found
};

// words: how it was asked for, for the header. Reads the trace twice.
Result<RedactionReport> redact_trace(const std::string& from,
                                     const std::string& to,
                                     const RedactionOptions& what,
                                     const std::string& words,
                                     const CopyOptions& options);

}  // namespace vestige
