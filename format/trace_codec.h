// SPDX-License-Identifier: Apache-2.0
//
// Between the structs of this folder and trace.proto's generated classes, for
// everything but the hot columns. Encoders append one whole section; decoders
// take the content of one (without the section around it).
#pragma once

#include <span>
#include <vector>

#include "format/header.h"
#include "format/seal.h"
#include "format/snapshot.h"
#include "format/trace_index.h"
#include "format/trace_schema.h"
#include "format/trace_wire.h"

namespace vestige {

// Bounds of what readers keep in memory: FORMAT.md, "Bounds".
inline constexpr size_t kMaxSnapshotItems = 1u << 23;
inline constexpr size_t kMaxIndexBytes = 256u << 20;  // decompressed
inline constexpr size_t kMaxFilterItems = 1u << 24;   // types and pids

struct DictionaryView {
  struct Type {
    EventType type;
    const Descriptor* descriptor;
  };
  std::vector<Type> types;
  std::vector<TaskKey> tasks;
  std::vector<std::vector<PartShape>> shapes;
};

void encode_header(const TraceHeader& header, ByteBuffer& out);
void encode_end(const TraceEnd& end, const TraceHeader& header,
                ByteBuffer& out);
void encode_seal(const Seal& seal, ByteBuffer& out);
void encode_index(std::span<const IndexEntry> chunks, ByteBuffer& out);
void encode_filters(std::span<const ChunkFilter> filters, ByteBuffer& out);
void encode_losses(std::span<const Loss> losses, ByteBuffer& out);
void encode_dictionary(const DictionaryView& dictionary, ByteBuffer& out);
// Several sections when the snapshot is large; each appended to its own
// buffer of about this many bytes.
std::vector<ByteBuffer> encode_snapshot(const Snapshot& snapshot,
                                        size_t piece_bytes);

// False: malformed.
bool decode_header(ByteSpan content, TraceHeader& out);
bool decode_end(ByteSpan content, TraceEnd& out, TraceHeader& header);
bool decode_seal(ByteSpan content, Seal& out);
// Add to what earlier sections gave. What a section adds is taken from the
// budget, which is for all of them; false when it is not enough.
bool decode_index(ByteSpan content, std::vector<IndexEntry>& out);
bool decode_filters(ByteSpan content, std::vector<ChunkFilter>& out,
                    size_t& budget);
bool decode_losses(ByteSpan content, std::vector<Loss>& out);
// Of one Dictionary.type.
bool decode_descriptor(ByteSpan message, OwnedDescriptor& out);
// Adds to what earlier sections gave; the budget is as above, in processes,
// threads, descriptors, texts and mounts.
bool decode_snapshot(ByteSpan content, Snapshot& out, size_t& budget);

}  // namespace vestige
