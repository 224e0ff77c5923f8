// SPDX-License-Identifier: Apache-2.0
//
// Events that tell what processes are called, kept in the index, too: a
// question about a name need not read the chunks they stand in. FORMAT.md,
// "Index".
#pragma once

#include <cstdint>
#include <vector>

#include "format/event.h"
#include "format/trace_decoder.h"
#include "format/trace_encoder.h"
#include "format/trace_index.h"

namespace vestige {

// Of whom an event with that effect tells a name. What threads call
// themselves, and that they end, does not change what their process is called.
enum class TellsName : uint8_t { kOfNobody, kOfProcess, kIfFirstThread };
TellsName tells_name(Effect effect);
bool tells_name(const Event& event);

// Whether names depend on that part of such an event.
inline bool is_about_name(PartKind kind) {
  return kind == PartKind::kComm || kind == PartKind::kString ||
         kind == PartKind::kTask;
}

// Collects those of one chunk after the other.
class NameCollector {
 public:
  explicit NameCollector(uint64_t hash_seed) : encoder_(hash_seed) {}

  // The next event of the chunk.
  void add(const Event& event);
  // At the end of the chunk: what its entry gets. Begins the next.
  void finish(ChunkFilter& filter);
  [[nodiscard]] size_t memory_bytes() const {
    return encoder_.memory_bytes() + indexes_.capacity() * sizeof(uint32_t);
  }

 private:
  ChunkEncoder encoder_;
  std::vector<uint32_t> indexes_;
  uint32_t next_ = 0;
  std::vector<Part> parts_;
};

// Gives them back, as far as they were kept: without duration, CPU and what
// names do not depend on. An entry is untrusted.
class NameDecoder {
 public:
  // False: malformed, or it has none because its writer did not keep any.
  bool begin(const ChunkFilter& filter);
  // The next one, or nullptr. Valid until the next call; its descriptor as
  // long as the decoder.
  const Event* next();
  // Its index in the chunk that the entry is about.
  [[nodiscard]] uint32_t index() const { return (*indexes_)[decoder_.index()]; }

 private:
  DescriptorTable descriptors_;
  ChunkDecoder decoder_{descriptors_};
  const std::vector<uint32_t>* indexes_ = nullptr;
};

}  // namespace vestige
