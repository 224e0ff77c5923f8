// SPDX-License-Identifier: Apache-2.0
//
// Rebuilds what files held from the bytes that programs wrote and read. What
// was not captured stays unknown, range by range.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "replay/content/transfer.h"

namespace vestige {

// Bytes at offsets, some of them known.
class SparseBytes {
 public:
  // Later bytes go over earlier ones.
  void write(uint64_t offset, std::string_view bytes);
  // Something was written there, not known what.
  void forget(uint64_t offset, uint64_t size);
  // Keeps what lies before size.
  void cut(uint64_t size);

  struct Range {
    uint64_t offset = 0;
    uint64_t size = 0;
  };
  // In order, neighbours merged.
  [[nodiscard]] std::vector<Range> known() const;
  // Calls visit(offset, bytes) in order.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (const auto& [offset, bytes] : pieces_) visit(offset, bytes);
  }

 private:
  std::map<uint64_t, std::string> pieces_;  // never overlap
};

// One life of a file: from its making, or from when it was first seen.
struct FileContent {
  std::string_view path;  // the last name it was seen to have
  FileIdentity identity;
  uint64_t size = 0;
  // It was empty when it was first seen, so all its bytes were written since.
  bool is_whole_life = false;
  bool is_size_known = false;
  bool was_written = false;
  Position first;
  Position last;
  SparseBytes bytes;

  // Every byte is known.
  [[nodiscard]] bool is_complete() const;
};

class FileContents : public TransferWatcher {
 public:
  // Only files for which wanted(path) holds are kept.
  using Wanted = std::function<bool(std::string_view path)>;
  explicit FileContents(Wanted wanted) : wanted_(std::move(wanted)) {}

  void on_transfer(const Transfer& transfer) override;
  void on_open(const OpenFile& file, bool is_new, std::optional<uint64_t> size,
               Position at) override;
  void on_truncate(const OpenFile& file, uint64_t size, Position at) override;
  void on_rename(std::string_view from, std::string_view to) override;

  [[nodiscard]] const std::vector<FileContent>& files() const { return files_; }

 private:
  struct Key {
    FileIdentity identity;
    std::string_view path;  // where the identity is not known
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };
  // The life that goes on, or nullptr if the file is not wanted.
  FileContent* find(const OpenFile& file, Position at);
  FileContent* begin(const OpenFile& file, Position at);
  void name(size_t index, std::string_view path);
  static Key key_of(const OpenFile& file);

  Wanted wanted_;
  std::vector<FileContent> files_;
  std::unordered_map<Key, size_t, KeyHash> current_;
  // Interned paths outlive this.
  std::unordered_map<std::string_view, size_t> by_path_;
};

}  // namespace vestige
