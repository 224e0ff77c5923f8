// SPDX-License-Identifier: Apache-2.0
#include "replay/content/file_contents.h"

#include <algorithm>

namespace vestige {
namespace {

// Sizes come from the trace: no file goes on beyond this.
constexpr uint64_t kMaxOffset = uint64_t(1) << 60;

}  // namespace

void SparseBytes::forget(uint64_t offset, uint64_t size) {
  if (size == 0) return;
  const uint64_t end = offset + size;
  auto at = pieces_.upper_bound(offset);
  if (at != pieces_.begin()) --at;
  while (at != pieces_.end() && at->first < end) {
    const uint64_t begin = at->first;
    std::string bytes = std::move(at->second);
    at = pieces_.erase(at);
    if (begin + bytes.size() > end)
      pieces_.emplace(end, bytes.substr(end - begin));
    if (begin < offset) {
      bytes.resize(std::min<uint64_t>(bytes.size(), offset - begin));
      pieces_.emplace(begin, std::move(bytes));
    }
  }
}

void SparseBytes::write(uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  forget(offset, bytes.size());
  // Most files are written front to back: then there is one piece.
  auto before = pieces_.lower_bound(offset);
  if (before != pieces_.begin()) {
    --before;
    if (before->first + before->second.size() == offset) {
      before->second.append(bytes);
      return;
    }
  }
  pieces_.emplace(offset, bytes);
}

void SparseBytes::cut(uint64_t size) {
  forget(size, kMaxOffset * 2 - size);
}

std::vector<SparseBytes::Range> SparseBytes::known() const {
  std::vector<Range> ranges;
  for (const auto& [offset, bytes] : pieces_) {
    if (!ranges.empty() && ranges.back().offset + ranges.back().size == offset)
      ranges.back().size += bytes.size();
    else
      ranges.push_back({offset, bytes.size()});
  }
  return ranges;
}

bool FileContent::is_complete() const {
  if (!is_size_known) return false;
  const auto ranges = bytes.known();
  if (size == 0) return ranges.empty();
  return ranges.size() == 1 && ranges[0].offset == 0 && ranges[0].size == size;
}

size_t FileContents::KeyHash::operator()(const Key& key) const {
  const uint64_t number =
      key.identity.inode * 0x9E3779B97F4A7C15ull ^
      (uint64_t(key.identity.dev_major) << 32 | key.identity.dev_minor);
  return number ^ std::hash<std::string_view>{}(key.path);
}

FileContents::Key FileContents::key_of(const OpenFile& file) {
  const bool is_known = file.identity.inode != 0;
  return {file.identity, is_known ? std::string_view{} : file.path};
}

void FileContents::name(size_t index, std::string_view path) {
  if (files_[index].path.data() == path.data()) return;
  files_[index].path = path;
  by_path_[path] = index;
}

void FileContents::on_rename(std::string_view from, std::string_view to) {
  const auto found = by_path_.find(from);
  if (found == by_path_.end()) return;
  const size_t index = found->second;
  by_path_.erase(found);
  name(index, to);
}

FileContent* FileContents::begin(const OpenFile& file, Position at) {
  current_[key_of(file)] = files_.size();
  FileContent& content = files_.emplace_back();
  name(files_.size() - 1, file.path);
  content.identity = file.identity;
  content.first = content.last = at;
  return &content;
}

FileContent* FileContents::find(const OpenFile& file, Position at) {
  if (file.kind != OpenFileKind::kFile && file.kind != OpenFileKind::kMemfd)
    return nullptr;
  const auto found = current_.find(key_of(file));
  if (found == current_.end())
    return wanted_(file.path) ? begin(file, at) : nullptr;
  FileContent& content = files_[found->second];
  name(found->second, file.path);
  content.last = at;
  return &content;
}

void FileContents::on_open(const OpenFile& file, bool is_new,
                           std::optional<uint64_t> size, Position at) {
  // What was in it before is a life of its own.
  if (is_new) current_.erase(key_of(file));
  FileContent* content = find(file, at);
  if (!content) return;
  if (is_new) content->is_whole_life = content->is_size_known = true;
  if (is_new || !size) return;
  if (*size < content->size) content->bytes.cut(*size);
  content->size = *size;
  content->is_size_known = true;
}

void FileContents::on_truncate(const OpenFile& file, uint64_t size,
                               Position at) {
  FileContent* content = find(file, at);
  if (!content || size > kMaxOffset) return;
  if (size < content->size || !content->is_size_known) content->bytes.cut(size);
  // A file that grows this way grows by zeros; bounded, as it is hostile.
  constexpr uint64_t kMaxZeros = 1 << 20;
  if (content->is_size_known && size > content->size &&
      size - content->size <= kMaxZeros)
    content->bytes.write(content->size,
                         std::string(size - content->size, '\0'));
  content->size = size;
  content->is_size_known = true;
  content->was_written = true;
}

void FileContents::on_transfer(const Transfer& transfer) {
  FileContent* content = find(transfer.file, transfer.at);
  if (!content || transfer.size == 0) return;
  const bool is_write = transfer.flow == Flow::kOut;
  uint64_t offset = transfer.offset;
  bool is_known = transfer.is_offset_known;
  if (is_write && transfer.is_append) {
    offset = content->size;
    is_known = content->is_size_known;
  }
  if (is_write) content->was_written = true;
  if (!is_known || offset > kMaxOffset || transfer.size > kMaxOffset - offset) {
    // It went somewhere: nothing that is known can be relied on.
    if (is_write) content->bytes.cut(0);
    return;
  }
  if (is_write) content->bytes.forget(offset, transfer.size);
  transfer.for_each_captured([&](uint64_t skip, std::string_view bytes) {
    content->bytes.write(offset + skip, bytes);
  });
  content->size = std::max(content->size, offset + transfer.size);
}

}  // namespace vestige
