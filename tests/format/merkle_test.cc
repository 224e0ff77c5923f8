// SPDX-License-Identifier: Apache-2.0
#include "format/merkle.h"

#include <gtest/gtest.h>

#include "format/crypto.h"

namespace vestige {
namespace {

std::vector<Digest> leaves(std::initializer_list<std::string_view> hex) {
  std::vector<Digest> out;
  for (const std::string_view text : hex) {
    std::vector<uint8_t> bytes(text.size() / 2);
    EXPECT_TRUE(from_hex(text, bytes));
    out.push_back(merkle_leaf(bytes));
  }
  return out;
}

// The test vectors of the reference implementation of RFC 6962.
const auto kInputs = {"",
                      "00",
                      "10",
                      "2021",
                      "3031",
                      "40414243",
                      "5051525354555657",
                      "606162636465666768696a6b6c6d6e6f"};
constexpr std::string_view kRoots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

TEST(MerkleTree, HasTheRootsOfTheReferenceVectors) {
  const std::vector<std::string_view> inputs(kInputs.begin(), kInputs.end());
  MerkleTree tree;
  EXPECT_EQ(to_hex(tree.root()), kRoots[0]);
  for (size_t i = 0; i < inputs.size(); ++i) {
    tree.add(leaves({inputs[i]})[0]);
    EXPECT_EQ(to_hex(tree.root()), kRoots[i + 1]) << i;
  }
}

TEST(MerkleTree, PathsLeadFromEveryLeafToTheRootAndNowhereElse) {
  std::vector<Digest> all;
  MerkleTree tree;
  for (uint8_t size = 1; size <= 40; ++size) {
    all.push_back(merkle_leaf({&size, 1}));
    tree.add(all.back());
    for (uint64_t i = 0; i < size; ++i) {
      const auto path = merkle_path(all, i);
      EXPECT_EQ(merkle_root(all[i], i, size, path), tree.root());
      EXPECT_NE(merkle_root(all[i], i + 1, size, path), tree.root());
      if (path.empty()) continue;
      auto wrong = path;
      wrong.back()[3] ^= 1;
      EXPECT_NE(merkle_root(all[i], i, size, wrong), tree.root());
      wrong.pop_back();
      EXPECT_FALSE(merkle_root(all[i], i, size, wrong));
    }
  }
}

}  // namespace
}  // namespace vestige
