// SPDX-License-Identifier: Apache-2.0
//
// Makes a trace out of a capture file of sysdig, Falco or Stratoshark.
#pragma once

#include <cstdint>
#include <string>

#include "format/result.h"

namespace vestige {

struct ImportReport {
  uint64_t events_in = 0;   // entries, returns and others in the capture
  uint64_t events_out = 0;  // in the trace
  uint64_t snapshots = 0;
  std::string problem;  // where and why reading ended early; else empty
};

// By its first bytes: the file says so, or is compressed with gzip.
bool begins_like_scap(const std::string& path);

// Writes the trace `to`, which must not exist. A capture that ends early or is
// damaged further on gives a trace of what is before, with a loss that says
// so. kBadInput when `from` is no capture: file, offset, reason.
Result<ImportReport> import_scap(const std::string& from,
                                 const std::string& to);

}  // namespace vestige
