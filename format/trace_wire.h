// SPDX-License-Identifier: Apache-2.0
//
// The little of protobuf's wire encoding that the hot columns need, and the
// growing buffer it is written to. Schema: trace.proto.
#pragma once

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <utility>

namespace vestige {

static_assert(std::endian::native == std::endian::little,
              "marks and struct parts are little endian");

using ByteSpan = std::span<const uint8_t>;

// The same bytes, without a copy.
inline ByteSpan bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

constexpr uint64_t zigzag(int64_t value) {
  return (uint64_t(value) << 1) ^ uint64_t(value >> 63);
}
constexpr int64_t unzigzag(uint64_t value) {
  return int64_t(value >> 1) ^ -int64_t(value & 1);
}

inline constexpr size_t kMaxVarint = 10;

// Bytes that grow at the end. clear() keeps the memory.
class ByteBuffer {
 public:
  ByteBuffer() = default;
  ByteBuffer(ByteBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~ByteBuffer() { std::free(data_); }

  [[nodiscard]] uint8_t* data() { return data_; }
  [[nodiscard]] const uint8_t* data() const { return data_; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t capacity() const { return capacity_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] ByteSpan bytes() const { return {data_, size_}; }
  [[nodiscard]] std::string_view view() const { return text_of(bytes()); }

  void clear() { size_ = 0; }
  // Room for so many more bytes; what is there stays.
  void reserve_more(size_t more) {
    if (capacity_ - size_ < more) grow(more);
  }
  // New bytes are not initialized.
  void resize(size_t size) {
    if (size > size_) reserve_more(size - size_);
    size_ = size;
  }
  void append(const void* from, size_t size) {
    if (size == 0) return;
    reserve_more(size);
    std::memcpy(data_ + size_, from, size);
    size_ += size;
  }
  void append(ByteSpan bytes) { append(bytes.data(), bytes.size()); }
  void append(std::string_view text) { append(text.data(), text.size()); }

  void byte(uint8_t value) {
    reserve_more(1);
    data_[size_++] = value;
  }
  void varint(uint64_t value) {
    reserve_more(kMaxVarint);
    uint8_t* to = data_ + size_;
    while (value >= 0x80) {
      *to++ = uint8_t(value) | 0x80;
      value >>= 7;
    }
    *to++ = uint8_t(value);
    size_ = size_t(to - data_);
  }
  // Tag and length of a field; its bytes follow.
  void length_delimited(uint32_t field, size_t size) {
    varint(field << 3 | 2);
    varint(size);
  }
  // A packed or bytes field; nothing at all when empty.
  void field(uint32_t field, ByteSpan bytes) {
    if (bytes.empty()) return;
    length_delimited(field, bytes.size());
    append(bytes);
  }
  void varint_field(uint32_t field, uint64_t value) {
    varint(field << 3);
    varint(value);
  }

 private:
  void grow(size_t more) {
    const size_t wanted = size_ + more;
    const size_t capacity = wanted < 512 ? 1024 : wanted * 2;
    void* bigger = std::realloc(data_, capacity);
    if (!bigger) throw std::bad_alloc();
    data_ = static_cast<uint8_t*>(bigger);
    capacity_ = capacity;
  }

  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

// Reads wire encoding from untrusted bytes. After a failure ok() is false
// and everything reads as empty.
class WireCursor {
 public:
  explicit WireCursor(ByteSpan bytes)
      : at_(bytes.data()), end_(at_ + bytes.size()) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return at_ == end_; }

  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const uint8_t byte = *at_++;
      value |= uint64_t(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    fail();
    return 0;
  }
  ByteSpan length_delimited() {
    const uint64_t size = varint();
    if (size > uint64_t(end_ - at_)) {
      fail();
      return {};
    }
    const uint8_t* from = at_;
    at_ += size;
    return {from, size_t(size)};
  }

  struct Field {
    uint32_t number = 0;
    uint64_t value = 0;  // wire type 0
    ByteSpan bytes;      // wire type 2
    bool is_bytes = false;
  };
  // The next field; wire types 1 and 5 are passed over as empty.
  Field field() {
    const uint64_t tag = varint();
    Field out{.number = uint32_t(tag >> 3)};
    switch (tag & 7) {
      case 0: out.value = varint(); break;
      case 1: skip(8); break;
      case 2:
        out.bytes = length_delimited();
        out.is_bytes = true;
        break;
      case 5: skip(4); break;
      default: fail();
    }
    return out;
  }

 private:
  void fail() {
    ok_ = false;
    at_ = end_;
  }
  void skip(size_t size) {
    if (size > size_t(end_ - at_)) return fail();
    at_ += size;
  }

  const uint8_t* at_;
  const uint8_t* end_;
  bool ok_ = true;
};

}  // namespace vestige
