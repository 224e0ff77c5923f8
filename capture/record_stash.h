// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "capture/bpf_session.h"

namespace vestige {

// Raw records that wait until something else is done. Bounded: beyond that
// they are left in the kernel's ring, which counts what it cannot hold.
class RecordStash {
 public:
  [[nodiscard]] bool is_full() const { return bytes_.size() > kMaxBytes; }
  void add(std::span<const std::byte> record) {
    const auto size = uint32_t(record.size());
    const auto* begin = reinterpret_cast<const std::byte*>(&size);
    bytes_.insert(bytes_.end(), begin, begin + sizeof size);
    bytes_.insert(bytes_.end(), record.begin(), record.end());
  }
  void hand_over(const BpfSession::Sink& sink) {
    std::span<const std::byte> rest = bytes_;
    while (!rest.empty()) {
      uint32_t size = 0;
      std::memcpy(&size, rest.data(), sizeof size);
      record_.assign(rest.begin() + sizeof size,
                     rest.begin() + sizeof size + size);
      sink(record_);  // from an aligned place, as from the ring
      rest = rest.subspan(sizeof size + size);
    }
    bytes_.clear();
  }

 private:
  static constexpr size_t kMaxBytes = 32 * 1024 * 1024;
  std::vector<std::byte> bytes_;
  std::vector<std::byte> record_;
};

}  // namespace vestige
