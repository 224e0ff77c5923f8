// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "format/trace_file.h"
#include "format/trace_index.h"

namespace vestige {

// The index of a file; without one, made from the marks, which tell
// everything but the filters. Entries are untrusted.
Result<TraceIndex> load_index(TraceFile& file, const TraceId& trace_id);

// The tail mark that ends a complete file.
Result<std::optional<Mark>> tail_mark(TraceFile& file, const TraceId& trace_id);

}  // namespace vestige
