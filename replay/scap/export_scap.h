// SPDX-License-Identifier: Apache-2.0
//
// Makes a .scap file out of a trace, for sysdig and what reads its files.
#pragma once

#include <cstdint>
#include <string>

#include "format/result.h"

namespace vestige {

struct ExportReport {
  uint64_t events_in = 0;   // in the trace
  uint64_t events_out = 0;  // entries, returns and others
  uint64_t left_out = 0;    // events that the format has no type for
};

// Writes the file `to`, which must not exist. Reads the trace twice; keeps
// the entries of its calls in memory, about 100 bytes each, because they
// have to be put where they were in time.
Result<ExportReport> export_scap(const std::string& trace,
                                 const std::string& to);

}  // namespace vestige
