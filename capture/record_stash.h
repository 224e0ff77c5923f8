// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
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
    const auto* begin = reinterpret_cast<const std::byte*>(&head);
    bytes_.insert(bytes_.end(), begin, begin + sizeof head);
    bytes_.insert(bytes_.end(), record.begin(), record.end());
  }
  [[nodiscard]] size_t bytes() const { return bytes_.size() - at_; }
  [[nodiscard]] bool is_empty() const { return at_ == bytes_.size(); }
  // Of the oldest record; UINT64_MAX when there is none.
  [[nodiscard]] uint64_t first_order() const {
    return is_empty() ? UINT64_MAX : first().order;
  }
  // Hands the oldest record over. There must be one.
  void pop(const BpfSession::Sink& sink) {
    const size_t size = first().size;
    const auto begin = bytes_.begin() + ptrdiff_t(at_ + sizeof(Head));
    record_.assign(begin, begin + ptrdiff_t(size));
    at_ += sizeof(Head) + size;
    sink(record_);  // from an aligned place, as from the ring
    if (!is_empty()) return;
    bytes_ = {};
    at_ = 0;
  }
  void hand_over(const BpfSession::Sink& sink) {
    while (!is_empty()) pop(sink);
  }

 private:
  struct Head {
    uint64_t order;
    size_t size;
  };
  [[nodiscard]] Head first() const {
    Head head;
    std::memcpy(&head, bytes_.data() + at_, sizeof head);
    return head;
  }

  std::vector<std::byte> bytes_;
  size_t at_ = 0;  // of the oldest
  std::vector<std::byte> record_;
};

}  // namespace vestige
