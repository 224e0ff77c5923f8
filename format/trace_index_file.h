// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "format/trace_file.h"
#include "format/trace_index.h"

namespace vestige {

// Filters are most of an index; going to a place needs none.
enum class IndexParts : uint8_t { kPlaces, kAll };

// The index of a file; without one, made from the marks, which tell
// everything but the filters. Entries are untrusted.
// Encrypted ones need a decompressor that has the key.
Result<TraceIndex> load_index(TraceFile& file, const TraceId& trace_id,
                              FrameDecompressor& decompressor,
                              IndexParts parts);

// The tail mark that ends a complete file.
Result<std::optional<Mark>> tail_mark(TraceFile& file, const TraceId& trace_id);

}  // namespace vestige
