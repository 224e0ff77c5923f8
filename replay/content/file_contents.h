// SPDX-License-Identifier: Apache-2.0
//
// Rebuilds what files held, and what went through pipes and sockets, from the
// bytes that programs wrote and read. What was copied inside the kernel is
// known as far as its source is. What was not captured stays unknown, range
// by range.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
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
  // What is known of a range, with offsets of their own.
  [[nodiscard]] std::vector<std::pair<uint64_t, std::string>> read(
      uint64_t offset, uint64_t size) const;
  // Calls visit(offset, bytes) in order.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (const auto& [offset, bytes] : pieces_) visit(offset, bytes);
  }

 private:
  std::map<uint64_t, std::string> pieces_;  // never overlap
};

enum class ContentKind : uint8_t { kFile, kPipe, kSent, kReceived };
std::string_view content_kind_text(ContentKind kind);

// One life of a file: from its making, or from when it was first seen. Or a
// stream: all that went into a pipe, or one way over a connection.
struct FileContent {
  ContentKind kind = ContentKind::kFile;
  ConnectionId connection = ConnectionId::kNone;  // of kSent and kReceived
  // A memory mapping may have changed it, unseen.
  bool was_mapped = false;
  bool is_wanted = true;  // false: kept as a source of copies only
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
  uint64_t bytes_in = 0, bytes_out = 0;  // of a pipe, so far
};

class FileContents : public TransferWatcher {
 public:
  // Whether a content is to be told of. Others are kept too, as sources of
  // copies, up to a bound.
  using Wanted = std::function<bool(const FileContent& content)>;
  explicit FileContents(Wanted wanted) : wanted_(std::move(wanted)) {}

  void on_transfer(const Transfer& transfer) override;
  void on_copy(const Copy& copy) override;
  void on_map(const OpenFile& file, Position at, bool is_writable) override;
  void on_open(const OpenFile& file, bool is_new, std::optional<uint64_t> size,
               Position at) override;
  void on_truncate(const OpenFile& file, uint64_t size, Position at) override;
  void on_rename(std::string_view from, std::string_view to) override;

  // Wanted ones and others.
  [[nodiscard]] const std::deque<FileContent>& files() const { return files_; }

 private:
  struct Key {
    ContentKind kind = ContentKind::kFile;
    ConnectionId connection = ConnectionId::kNone;
    FileIdentity identity;
    std::string_view path;  // where the identity is not known
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };
  // The life that goes on, or a new one; nullptr for what has no content.
  FileContent* find(const OpenFile& file, Flow flow, ConnectionId connection,
                    Position at);
  FileContent* begin(const Key& key, const OpenFile& file, Position at);
  void name(size_t index, std::string_view path);
  static std::optional<Key> key_of(const OpenFile& file, Flow flow,
                                   ConnectionId connection);
  // Where in the content the bytes of a transfer begin; nothing if unknown.
  static std::optional<uint64_t> place(FileContent& content,
                                       const Transfer& transfer);
  void put(FileContent& content, uint64_t offset, std::string_view bytes);

  Wanted wanted_;
  uint64_t kept_aside_ = 0;        // bytes of what is not wanted
  std::deque<FileContent> files_;  // a stable place for each
  std::unordered_map<Key, size_t, KeyHash> current_;
  // Interned paths outlive this.
  std::unordered_map<std::string_view, size_t> by_path_;
};

}  // namespace vestige
