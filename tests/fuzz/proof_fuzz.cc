// SPDX-License-Identifier: Apache-2.0
#include "format/proof.h"
#include "tests/fuzz/fix_hashes.h"

namespace {

using namespace vestige;

// Makes every digest and the root right, as somebody who forges a proof and
// does not need it signed would.
void forge(Proof& proof) {
  auto seal = parse_seal(proof.seal.statement);
  for (ChunkProof& chunk : proof.chunks) {
    std::vector<uint8_t> mark(chunk.mark.begin(), chunk.mark.end());
    const size_t size = mark.size() < kMarkPrefixBytes ? 0 : mark_size(mark);
    if (size == 0 || size != mark.size()) return;
    const size_t entries = (size - kMarkFixedBytes) / kFrameEntryBytes;
    for (const ProofFrame& frame : chunk.frames) {
      if (frame.frame >= entries) continue;
      uint8_t* entry = mark.data() + 120 + frame.frame * kFrameEntryBytes;
      const auto stored = uint32_t(frame.bytes.size());
      const uint64_t hash = hash_bytes(bytes_of(frame.bytes));
      const Digest digest = sha256(bytes_of(frame.bytes));
      std::memcpy(entry + 4, &stored, sizeof stored);
      std::memcpy(entry + 16, &hash, sizeof hash);
      std::memcpy(entry + 24, digest.data(), digest.size());
    }
    const uint64_t hash = hash_bytes({mark.data(), size - 8});
    std::memcpy(mark.data() + size - 8, &hash, sizeof hash);
    chunk.mark.assign(mark.begin(), mark.end());
    if (!seal) continue;
    if (const auto root = merkle_root(merkle_leaf(mark), chunk.chunk,
                                      seal->chain.chunks, chunk.path))
      seal->root = *root;
  }
  proof.seal.signature.reset();
  if (seal) proof.seal.statement = to_text(*seal);
}

}  // namespace

// The first byte decides whether the proof is forged to fit.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  auto proof = parse_proof({reinterpret_cast<const char*>(data) + 1, size - 1});
  if (!proof) return 0;
  if (data[0] & 1) forge(*proof);
  uint64_t sum = 0;
  (void)check_proof(*proof, [&sum](const TraceHeader&, const Event& event,
                                   const ProofEvent&) {
    for (const Part& part : event.parts)
      for (const char c : part.data) sum += uint8_t(c) | 64;
    return std::string();
  });
  return sum == 42;
}
