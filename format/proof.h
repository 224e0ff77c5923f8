// SPDX-License-Identifier: Apache-2.0
//
// Proofs that single events stand in a sealed trace, for who has not the
// trace: the chunk of the event as it is in the file, and the digests that
// lead from its mark to the Merkle root of the signed seal. What is proven is
// the chunk; its events are read out of it again by whoever checks.
// FORMAT.md, "Proofs".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "format/event.h"
#include "format/header.h"
#include "format/result.h"
#include "format/seal.h"

namespace vestige {

struct ProofFrame {
  uint32_t frame = 0;  // index into the frames of the mark
  std::string bytes;   // as stored in the file
};

struct ChunkProof {
  uint32_t chunk = 0;        // its leaf in the tree
  std::string mark;          // as stored in the file
  std::vector<Digest> path;  // from the leaf to the root
  // Those that are needed: payload stays out when no event asks for it.
  std::vector<ProofFrame> frames;
  std::optional<SecretKey> key;  // of an encrypted trace: of this chunk
};

struct ProofEvent {
  Position at;
  std::string claim;  // JSON: what the event is said to be
};

struct Proof {
  Seal seal;
  std::vector<ChunkProof> chunks;  // chunk 0, the header, and those of events
  std::vector<ProofEvent> events;  // rising
};

// Proves events of a complete trace; claims are left empty. kUsage: no such
// event. kBadInput: the trace has no seal, or is not what its seal says.
Result<Proof> prove(const std::string& path,
                    std::span<const Position> positions);

struct ProofCheck {
  std::string problem;  // what is wrong, in words; empty: the proof holds
  SealStatement seal;
  std::optional<Signed> signature;  // good; nothing: nobody vouches
  TraceHeader header;

  [[nodiscard]] bool holds() const { return problem.empty(); }
};

// Each proven event, while the views in it are valid. Its result, if not
// empty, is a problem: the claim says something else.
using ProvenSink = std::function<std::string(
    const TraceHeader& header, const Event& event, const ProofEvent& proven)>;

// Needs nothing but the proof. Everything in it is untrusted.
ProofCheck check_proof(const Proof& proof, const ProvenSink& sink);

// As JSON, FORMAT.md tells the members.
std::string to_json(const Proof& proof);
// kBadInput: not a proof, or a newer one.
Result<Proof> parse_proof(std::string_view json);

// "CHUNK:INDEX", as the `at` of an event is written.
std::optional<Position> parse_position(std::string_view text);

}  // namespace vestige
