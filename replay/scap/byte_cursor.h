// SPDX-License-Identifier: Apache-2.0
//
// Takes little-endian numbers and byte ranges off the front of hostile bytes.
// Reading past the end gives zeros and makes ok() false for good.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace vestige {

class ByteCursor {
 public:
  explicit ByteCursor(std::string_view bytes) : bytes_(bytes) {}

  template <std::integral T>
  T number() {
    T value = 0;
    const std::string_view taken = take(sizeof value);
    if (taken.size() == sizeof value)
      std::memcpy(&value, taken.data(), sizeof value);
    return value;
  }
  std::string_view take(size_t size) {
    if (size > left()) ok_ = false;
    if (!ok_) return {};
    const std::string_view taken = bytes_.substr(at_, size);
    at_ += size;
    return taken;
  }
  // A 16-bit length and as many bytes.
  std::string_view counted() { return take(number<uint16_t>()); }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] size_t at() const { return at_; }
  [[nodiscard]] size_t left() const { return bytes_.size() - at_; }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace vestige
