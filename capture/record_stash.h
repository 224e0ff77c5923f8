// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <span>
#include <vector>

#include "capture/bpf_session.h"

namespace vestige {

// Raw records that wait until something else is done, oldest first. How many
// is up to who adds them.
class RecordStash {
 public:
  // `order`: for who has several stashes; see first_order().
  void add(std::span<const std::byte> record, uint64_t order = 0) {
    const Head head{order, record.size()};
    const size_t size = sizeof head + record.size();
    if (blocks_.empty() ||
        blocks_.back().capacity() - blocks_.back().size() < size) {
      const size_t room = std::clamp(bytes_, kLeastBlock, kMostBlock);
      blocks_.emplace_back().reserve(std::max(room, size));
      bytes_ += blocks_.back().capacity();
    }
    const auto* begin = reinterpret_cast<const std::byte*>(&head);
    std::vector<std::byte>& block = blocks_.back();
    block.insert(block.end(), begin, begin + sizeof head);
    block.insert(block.end(), record.begin(), record.end());
  }
  [[nodiscard]] size_t bytes() const { return bytes_; }  // of memory
  [[nodiscard]] bool is_empty() const { return blocks_.empty(); }
  // Of the oldest record; UINT64_MAX when there is none.
  [[nodiscard]] uint64_t first_order() const {
    return is_empty() ? UINT64_MAX : first().order;
  }
  // Hands the oldest record over. There must be one.
  void pop(const BpfSession::Sink& sink) {
    const size_t size = first().size;
    const std::vector<std::byte>& block = blocks_.front();
    const auto begin = block.begin() + ptrdiff_t(at_ + sizeof(Head));
    record_.assign(begin, begin + ptrdiff_t(size));
    at_ += sizeof(Head) + size;
    if (at_ == block.size()) {
      bytes_ -= block.capacity();
      blocks_.pop_front();
      at_ = 0;
    }
    sink(record_);  // from an aligned place, as from the ring
  }
  void hand_over(const BpfSession::Sink& sink) {
    while (!is_empty()) pop(sink);
  }

 private:
  // Never moved, so that what waits is nowhere twice.
  static constexpr size_t kLeastBlock = 4 * 1024;
  static constexpr size_t kMostBlock = 256 * 1024;

  struct Head {
    uint64_t order;
    size_t size;
  };
  [[nodiscard]] Head first() const {
    Head head;
    std::memcpy(&head, blocks_.front().data() + at_, sizeof head);
    return head;
  }

  std::deque<std::vector<std::byte>> blocks_;
  size_t bytes_ = 0;
  size_t at_ = 0;  // of the oldest, in the first block
  std::vector<std::byte> record_;
};

}  // namespace vestige
