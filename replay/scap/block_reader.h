// SPDX-License-Identifier: Apache-2.0
//
// Takes a .scap file apart into blocks:
//
//   | type (4) | length (4) | body, padded to 4 | length again (4) |
//
// little endian, the length being that of the whole block. The first block is
// a section header; another one starts a new section.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "format/result.h"

namespace vestige {

enum class BlockType : uint32_t {
  kSectionHeader = 0x0a0d0d0a,
  kMachineInfo = 0x201,
  kMachineInfoOld = 0x8002abcd,
  kProcessList1 = 0x202,
  kProcessList1Old = 0x8000abcd,
  kProcessList2 = 0x207,
  kProcessList2Old = 0x8013abcd,
  kProcessList3 = 0x209,
  kProcessList3Old = 0x8014abcd,
  kProcessList4 = 0x210,
  kProcessList5 = 0x211,
  kProcessList6 = 0x212,
  kProcessList7 = 0x213,
  kProcessList8 = 0x214,
  kProcessList9 = 0x215,
  kFdList1 = 0x203,
  kFdList1Old = 0x8001abcd,
  kFdList2 = 0x218,
  kEvent1 = 0x204,
  kEvent1Old = 0x8010abcd,
  kEvent2 = 0x216,
  kEvent2Large = 0x221,
  kEventFlags1 = 0x208,
  kEventFlags2 = 0x217,
  kEventFlags2Large = 0x222,
  kInterfaceList1 = 0x205,
  kInterfaceList1Old = 0x8011abcd,
  kInterfaceList2 = 0x219,
  kUserList1 = 0x206,
  kUserList1Old = 0x8012abcd,
  kUserList2 = 0x220,
};

struct ScapBlock {
  BlockType type = BlockType{};
  uint64_t offset = 0;    // in the file, uncompressed
  std::string_view body;  // until the next call of next()
};

class BlockReader {
 public:
  // Fills what it is given as far as the input goes.
  using Read = std::function<Result<size_t>(std::span<char>)>;

  explicit BlockReader(Read read) : read_(std::move(read)) {}

  enum class Outcome {
    kBlock,
    kEnd,        // after the last byte of a block
    kTruncated,  // inside a block
    kDamaged,    // lengths that cannot be, or compression that is broken
  };
  // Damage ends the reading: where the next block starts is not known then.
  Outcome next(ScapBlock& block);
  // Why kTruncated or kDamaged, with the offset.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  // Appends to body_; false when the input ends before.
  Result<bool> fill(size_t size);
  Outcome stop(Outcome outcome, std::string why);

  Read read_;
  uint64_t offset_ = 0;  // where the next block starts
  std::string body_;
  std::string problem_;
};

}  // namespace vestige
