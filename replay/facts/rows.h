// SPDX-License-Identifier: Apache-2.0
//
// Rows of a table that may become large: like a vector, but what is there
// stays where it is, so that growing never copies nor holds two of all.
//
//   for (const FileRow& row : facts.files) ...
//   facts.files[index]
#pragma once

#include <compare>
#include <cstddef>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "replay/large_pages.h"

namespace vestige {

template <typename Row>
class Rows {
  static_assert(std::is_trivially_copyable_v<Row>);

  template <typename Table, typename Value>
  class Iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = Row;
    using difference_type = std::ptrdiff_t;
    using pointer = Value*;
    using reference = Value&;

    Iterator() = default;
    Iterator(Table* table, size_t at) : table_(table), at_(at) {}

    Value& operator*() const { return (*table_)[at_]; }
    Value* operator->() const { return &(*table_)[at_]; }
    Value& operator[](std::ptrdiff_t n) const { return *(*this + n); }
    Iterator& operator++() { return *this += 1; }
    Iterator& operator--() { return *this -= 1; }
    Iterator operator++(int) { return Iterator(table_, at_++); }
    Iterator operator--(int) { return Iterator(table_, at_--); }
    Iterator& operator+=(std::ptrdiff_t n) {
      at_ += size_t(n);
      return *this;
    }
    Iterator& operator-=(std::ptrdiff_t n) { return *this += -n; }
    friend Iterator operator+(Iterator it, std::ptrdiff_t n) { return it += n; }
    friend Iterator operator+(std::ptrdiff_t n, Iterator it) { return it += n; }
    friend Iterator operator-(Iterator it, std::ptrdiff_t n) { return it -= n; }
    friend std::ptrdiff_t operator-(const Iterator& a, const Iterator& b) {
      return std::ptrdiff_t(a.at_ - b.at_);
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;
    friend auto operator<=>(const Iterator& a, const Iterator& b) {
      return a.at_ <=> b.at_;
    }

   private:
    Table* table_ = nullptr;
    size_t at_ = 0;
  };

 public:
  using value_type = Row;
  using iterator = Iterator<Rows, Row>;
  using const_iterator = Iterator<const Rows, const Row>;

  Rows() = default;
  Rows(const Rows& other) {
    for (const Row& row : other) push_back(row);
  }
  Rows(Rows&& other) noexcept { swap(other); }
  Rows& operator=(Rows other) noexcept {
    swap(other);
    return *this;
  }
  ~Rows() = default;

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  Row& operator[](size_t at) { return blocks_[at / kInBlock][at % kInBlock]; }
  const Row& operator[](size_t at) const {
    return blocks_[at / kInBlock][at % kInBlock];
  }
  Row& back() { return (*this)[size_ - 1]; }
  const Row& back() const { return (*this)[size_ - 1]; }

  iterator begin() { return {this, 0}; }
  iterator end() { return {this, size_}; }
  const_iterator begin() const { return {this, 0}; }
  const_iterator end() const { return {this, size_}; }

  void push_back(const Row& row) {
    // Memory that nobody has written to costs nothing.
    if (size_ == blocks_.size() * kInBlock)
      blocks_.emplace_back(LargePages<Row>().allocate(kInBlock));
    std::construct_at(&(*this)[size_++], row);
  }

 private:
  static constexpr size_t kInBlock = 1 << 16;

  void swap(Rows& other) noexcept {
    blocks_.swap(other.blocks_);
    std::swap(size_, other.size_);
  }

  struct Free {
    void operator()(Row* block) const {
      LargePages<Row>().deallocate(block, kInBlock);
    }
  };
  std::vector<std::unique_ptr<Row[], Free>> blocks_;
  size_t size_ = 0;
};

}  // namespace vestige
