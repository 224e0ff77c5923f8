// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/block_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace vestige {
namespace {

constexpr size_t kHeader_bytes = 8;
constexpr size_t kTrailer_bytes = 4;
// The process list of a big machine is a few MiB.
constexpr uint32_t kMaxBlock_bytes = 256 << 20;
// Memory is taken as bytes come, not as a length promises.
constexpr size_t kStep_bytes = 1 << 20;

}  // namespace

BlockReader::Outcome BlockReader::stop(Outcome outcome, std::string why) {
  problem_ = fmt::format("offset {}: {}", offset_, why);
  return outcome;
}

Result<bool> BlockReader::fill(size_t size) {
  while (size > 0) {
    const size_t step = std::min(size, kStep_bytes);
    const size_t before = body_.size();
    body_.resize(before + step);
    const size_t got = TRY(read_({body_.data() + before, step}));
    body_.resize(before + got);
    if (got < step) return false;
    size -= step;
  }
  return true;
}

BlockReader::Outcome BlockReader::next(ScapBlock& block) {
  body_.clear();
  const auto header = fill(kHeader_bytes);
  if (!header) return stop(Outcome::kDamaged, header.error().message);
  if (!*header) {
    if (body_.empty()) return Outcome::kEnd;
    return stop(Outcome::kTruncated, "the file ends in a block header");
  }
  uint32_t type = 0;
  uint32_t length = 0;
  std::memcpy(&type, body_.data(), sizeof type);
  std::memcpy(&length, body_.data() + sizeof type, sizeof length);
  if (length < kHeader_bytes + kTrailer_bytes || length > kMaxBlock_bytes)
    return stop(Outcome::kDamaged,
                fmt::format("a block cannot be {} bytes long", length));
  body_.clear();
  const auto body = fill(length - kHeader_bytes);
  if (!body) return stop(Outcome::kDamaged, body.error().message);
  if (!*body)
    return stop(Outcome::kTruncated,
                fmt::format("the file ends in a block of {} bytes", length));
  const size_t size = body_.size() - kTrailer_bytes;
  uint32_t trailer = 0;
  std::memcpy(&trailer, body_.data() + size, sizeof trailer);
  if (trailer != length)
    return stop(Outcome::kDamaged,
                fmt::format("a block says {} bytes in front and {} behind",
                            length, trailer));
  block = {BlockType(type), offset_, std::string_view(body_).substr(0, size)};
  offset_ += length;
  return Outcome::kBlock;
}

}  // namespace vestige
