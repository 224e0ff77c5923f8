// SPDX-License-Identifier: Apache-2.0
#include "format/merkle.h"

#include <bit>

#include "format/crypto.h"

namespace vestige {
namespace {

Digest node(const Digest& left, const Digest& right) {
  std::array<uint8_t, 1 + 2 * sizeof(Digest)> bytes;
  bytes[0] = 1;
  std::copy(left.begin(), left.end(), bytes.begin() + 1);
  std::copy(right.begin(), right.end(), bytes.begin() + 1 + sizeof(Digest));
  return sha256(bytes);
}

Digest root_of(std::span<const Digest> leaves) {
  MerkleTree tree;
  for (const Digest& leaf : leaves) tree.add(leaf);
  return tree.root();
}

}  // namespace

Digest merkle_leaf(ByteSpan bytes) {
  std::vector<uint8_t> prefixed;
  prefixed.reserve(bytes.size() + 1);
  prefixed.push_back(0);
  prefixed.insert(prefixed.end(), bytes.begin(), bytes.end());
  return sha256(prefixed);
}

void MerkleTree::add(const Digest& leaf) {
  // As in counting up by one: equal neighbours join.
  Digest sum = leaf;
  for (uint64_t carry = size_; carry & 1; carry >>= 1) {
    sum = node(peaks_.back(), sum);
    peaks_.pop_back();
  }
  peaks_.push_back(sum);
  ++size_;
}

Digest MerkleTree::root() const {
  if (peaks_.empty()) return sha256({});
  Digest root = peaks_.back();
  for (size_t i = peaks_.size() - 1; i-- > 0;) root = node(peaks_[i], root);
  return root;
}

std::vector<Digest> merkle_path(std::span<const Digest> leaves,
                                uint64_t index) {
  if (leaves.size() <= 1) return {};
  const size_t left = std::bit_floor(leaves.size() - 1);
  std::vector<Digest> path;
  if (index < left) {
    path = merkle_path(leaves.first(left), index);
    path.push_back(root_of(leaves.subspan(left)));
  } else {
    path = merkle_path(leaves.subspan(left), index - left);
    path.push_back(root_of(leaves.first(left)));
  }
  return path;
}

std::optional<Digest> merkle_root(const Digest& leaf, uint64_t index,
                                  uint64_t size, std::span<const Digest> path) {
  // RFC 9162, section 2.1.3.2.
  if (index >= size) return {};
  uint64_t last = size - 1;
  Digest root = leaf;
  for (const Digest& digest : path) {
    if (last == 0) return {};
    if ((index & 1) || index == last) {
      root = node(digest, root);
      while (!(index & 1) && index != 0) {
        index >>= 1;
        last >>= 1;
      }
    } else {
      root = node(root, digest);
    }
    index >>= 1;
    last >>= 1;
  }
  if (last != 0) return {};
  return root;
}

}  // namespace vestige
