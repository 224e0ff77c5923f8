// SPDX-License-Identifier: Apache-2.0
//
// Merkle tree over the marks of a trace, as in RFC 6962 (Certificate
// Transparency), section 2.1: leaf = SHA-256(0x00 bytes), node =
// SHA-256(0x01 left right). With the root signed, one chunk can be proven to
// belong to a trace without the others.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "format/trace_mark.h"

namespace vestige {

Digest merkle_leaf(ByteSpan bytes);

// Grows leaf by leaf; remembers one digest per level.
class MerkleTree {
 public:
  void add(const Digest& leaf);
  // Of no leaves: SHA-256 of nothing.
  [[nodiscard]] Digest root() const;
  [[nodiscard]] uint64_t size() const { return size_; }

 private:
  std::vector<Digest> peaks_;  // of full subtrees, largest first
  uint64_t size_ = 0;
};

// The digests that lead from a leaf to the root, lowest first.
std::vector<Digest> merkle_path(std::span<const Digest> leaves, uint64_t index);
// Nothing if the path cannot be one.
std::optional<Digest> merkle_root(const Digest& leaf, uint64_t index,
                                  uint64_t size, std::span<const Digest> path);

}  // namespace vestige
