// SPDX-License-Identifier: Apache-2.0
//
// A trace, from beginning to end, into a reconstruction: for who watches what
// happens rather than asks for all facts (replay/case.h).
#pragma once

#include <string>

#include "format/result.h"
#include "format/trace_reader.h"
#include "replay/reconstructor.h"

namespace vestige {

// Refuses a merged trace of several boots: their pids have nothing to do with
// each other. Else fails as the reader does. path is for messages.
Result<void> read_trace(TraceReader& reader, const std::string& path,
                        Reconstructor& state);

}  // namespace vestige
