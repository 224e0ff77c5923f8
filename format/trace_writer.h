// SPDX-License-Identifier: Apache-2.0
//
// Writes one trace. The file is PATH.partial until close() renames it, so a
// file under its own name is complete. Layout: FORMAT.md.
//
// Not thread-safe. The file is made 0600 and never through a symlink.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "format/crypto_box.h"
#include "format/event.h"
#include "format/header.h"
#include "format/result.h"
#include "format/seal.h"
#include "format/snapshot.h"
#include "format/trace_index.h"
#include "format/trace_index_builder.h"
#include "format/trace_mark.h"

namespace vestige {

struct WriterOptions {
  int zstd_level = 3;
  uint32_t chunk_events = 32768;           // a chunk is closed at this many,
  uint32_t chunk_bytes = 8 * 1024 * 1024;  // at this much payload and text,
  uint64_t flush_ns = 1'000'000'000;       // or when its first event is so old
  // Of the disk, to stay free: chunks that would take of it are refused.
  uint64_t reserve_bytes = 0;
  // Whoever has one of their private keys can read the trace, nobody else;
  // header, end, seal and marks stay readable. Empty: everybody can.
  std::vector<Recipient> recipients;
  // Of chunks that find no room in it the index says less: questions read them
  // to see. Null: the trace has one of its own.
  std::shared_ptr<IndexRoom> index_room;
  // Signs the seal; must outlive the writer. Null: the trace is not signed.
  const SigningKey* signing_key = nullptr;
  // Called after each chunk, to be sent where nobody here can change it.
  std::function<void(const ChainHead&)> on_chunk;
};

// A chunk of events or a snapshot apart from any file. Of the mark, kind,
// events, times and frames hold; the rest is set when a file gets it.
struct TraceChunk {
  Mark mark;
  std::vector<uint8_t> frames;  // as stored
  ChunkFilter filter;
  std::vector<Loss> losses;  // those told in it

  [[nodiscard]] size_t bytes() const;  // of memory, about
};
using ChunkSink = std::function<void(TraceChunk)>;

class TraceWriter {
 public:
  // Fails with kSystem if the file cannot be made, or PATH exists already.
  static Result<TraceWriter> create(const std::string& path,
                                    const TraceHeader& header,
                                    const WriterOptions& options = {});
  // A writer without a file: every chunk goes to the sink, to be kept in
  // memory. Writing cannot fail; close() only hands over the last chunk.
  static TraceWriter in_memory(ChunkSink sink,
                               const WriterOptions& options = {});
  TraceWriter(TraceWriter&&) noexcept;
  TraceWriter& operator=(TraceWriter&&) noexcept;
  ~TraceWriter();  // without close(): leaves PATH.partial, readable

  // Copies what the event's views point to. May write a chunk. When the
  // machine refuses (full disk), the chunk is dropped and counted as
  // kWriteFailed, the file stays intact and later calls try again. Arguments
  // beyond those of the event's descriptor are not stored. An event without a
  // descriptor gets that of this build; one it was given must live until the
  // chunk is written.
  Result<void> append(const Event& event);
  Result<void> append(const Snapshot& snapshot);
  // What a writer in memory, without recipients, has made; encrypted now if
  // this one has some.
  Result<void> append(const TraceChunk& chunk);
  // Stored with the chunk being built; totals go into the end record.
  void add_loss(Loss loss);
  // Writes the chunk being built if its first event is older than flush_ns
  // at now_ns (CLOCK_BOOTTIME).
  Result<void> flush_if_due(uint64_t now_ns);
  Result<void> flush();
  // Likewise, and gives back all memory that the next chunk would use again.
  Result<void> flush_and_release();
  // Of memory, for the chunk being built and to write it; the index apart.
  [[nodiscard]] size_t memory_bytes() const;
  // Writes the end record and the seal, syncs, renames PATH.partial to PATH.
  // Sets events and bytes of the end record and adds the totals of add_loss()
  // to it. There is room for that whatever else fills the disk; when the last
  // chunk was refused, the error says so, and the file is complete.
  Result<void> close(TraceEnd end);

  [[nodiscard]] uint64_t events() const;
  [[nodiscard]] uint64_t bytes() const;    // written to the file so far
  [[nodiscard]] uint64_t refused() const;  // events, told as kWriteFailed
  // A chunk was refused for the sake of reserve_bytes.
  [[nodiscard]] bool is_at_reserve() const;
  [[nodiscard]] const std::string& path() const;
  // After close(): what the seal speaks of.
  [[nodiscard]] const ChainHead& sealed() const;

 private:
  struct State;
  explicit TraceWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vestige
