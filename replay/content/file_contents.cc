// SPDX-License-Identifier: Apache-2.0
#include "replay/content/file_contents.h"

#include <fcntl.h>

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

std::vector<std::pair<uint64_t, std::string>> SparseBytes::read(
    uint64_t offset, uint64_t size) const {
  std::vector<std::pair<uint64_t, std::string>> out;
  const uint64_t end = offset + size;
  auto at = pieces_.upper_bound(offset);
  if (at != pieces_.begin()) --at;
  for (; at != pieces_.end() && at->first < end; ++at) {
    const uint64_t from = std::max(at->first, offset);
    const uint64_t to = std::min(at->first + at->second.size(), end);
    if (from < to)
      out.emplace_back(from, at->second.substr(from - at->first, to - from));
  }
  return out;
}

std::string_view content_kind_text(ContentKind kind) {
  switch (kind) {
    case ContentKind::kFile: return "file";
    case ContentKind::kPipe: return "pipe";
    case ContentKind::kSent: return "sent";
    case ContentKind::kReceived: return "received";
  }
  return "";
}

bool FileContent::is_complete() const {
  if (!is_size_known || was_mapped) return false;
  const auto ranges = bytes.known();
  if (size == 0) return ranges.empty();
  return ranges.size() == 1 && ranges[0].offset == 0 && ranges[0].size == size;
}

size_t FileContents::KeyHash::operator()(const Key& key) const {
  const uint64_t number =
      key.identity.inode * 0x9E3779B97F4A7C15ull ^
      (uint64_t(key.identity.dev_major) << 32 | key.identity.dev_minor) ^
      (uint64_t(key.connection) << 8 | uint64_t(key.kind));
  return number ^ std::hash<std::string_view>{}(key.path);
}

std::optional<FileContents::Key> FileContents::key_of(const OpenFile& file,
                                                      Flow flow,
                                                      ConnectionId connection) {
  switch (file.kind) {
    case OpenFileKind::kFile:
    case OpenFileKind::kMemfd: {
      const bool is_known = file.identity.inode != 0;
      return Key{.identity = file.identity,
                 .path = is_known ? std::string_view{} : file.path};
    }
    case OpenFileKind::kPipe:
      return Key{.kind = ContentKind::kPipe, .path = file.path};
    case OpenFileKind::kSocket:
      return Key{.kind = flow == Flow::kOut ? ContentKind::kSent
                                            : ContentKind::kReceived,
                 .connection = connection};
    case OpenFileKind::kUnknown:
    case OpenFileKind::kAnonymous: break;
  }
  return std::nullopt;
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

FileContent* FileContents::begin(const Key& key, const OpenFile& file,
                                 Position at) {
  current_[key] = files_.size();
  FileContent& content = files_.emplace_back();
  content.kind = key.kind;
  content.connection = key.connection;
  name(files_.size() - 1, file.path);
  content.identity = file.identity;
  content.first = content.last = at;
  // A stream is what was seen of it.
  content.is_size_known = key.kind != ContentKind::kFile;
  content.is_wanted = wanted_(content);
  return &content;
}

FileContent* FileContents::find(const OpenFile& file, Flow flow,
                                ConnectionId connection, Position at) {
  const auto key = key_of(file, flow, connection);
  if (!key) return nullptr;
  const auto found = current_.find(*key);
  if (found == current_.end()) return begin(*key, file, at);
  FileContent& content = files_[found->second];
  name(found->second, file.path);
  if (!content.is_wanted) content.is_wanted = wanted_(content);
  content.last = at;
  return &content;
}

void FileContents::on_open(const OpenFile& file, bool is_new,
                           std::optional<uint64_t> size, Position at) {
  // What was in it before is a life of its own.
  if (is_new)
    if (const auto key = key_of(file, Flow::kOut, ConnectionId::kNone))
      current_.erase(*key);
  FileContent* content = find(file, Flow::kOut, ConnectionId::kNone, at);
  if (!content) return;
  if (is_new) content->is_whole_life = content->is_size_known = true;
  if (is_new || !size) return;
  if (*size < content->size) content->bytes.cut(*size);
  content->size = *size;
  content->is_size_known = true;
}

void FileContents::on_truncate(const OpenFile& file, uint64_t size,
                               Position at) {
  FileContent* content = find(file, Flow::kOut, ConnectionId::kNone, at);
  if (!content || size > kMaxOffset) return;
  if (size < content->size || !content->is_size_known) content->bytes.cut(size);
  // A file that grows this way grows by zeros; bounded, as it is hostile.
  constexpr uint64_t kMaxZeros = 1 << 20;
  if (content->is_size_known && size > content->size &&
      size - content->size <= kMaxZeros)
    put(*content, content->size, std::string(size - content->size, '\0'));
  content->size = size;
  content->is_size_known = true;
  content->was_written = true;
}

void FileContents::on_map(const OpenFile& file, Position at, bool is_writable) {
  FileContent* content = find(file, Flow::kOut, ConnectionId::kNone, at);
  if (!content) return;
  content->was_mapped = true;
  content->was_written |= is_writable;
}

void FileContents::put(FileContent& content, uint64_t offset,
                       std::string_view bytes) {
  // Sources of copies that nobody asked for must not fill the memory.
  constexpr uint64_t kMaxAside = 256ull << 20;
  if (!content.is_wanted) {
    if (kept_aside_ + bytes.size() > kMaxAside) return;
    kept_aside_ += bytes.size();
  }
  content.bytes.write(offset, bytes);
}

std::optional<uint64_t> FileContents::place(FileContent& content,
                                            const Transfer& transfer) {
  const bool is_write = transfer.flow == Flow::kOut;
  switch (content.kind) {
    case ContentKind::kSent:
    case ContentKind::kReceived: return content.size;
    case ContentKind::kPipe: {
      // First in, first out: both ends tell of the same bytes.
      uint64_t& moved = is_write ? content.bytes_in : content.bytes_out;
      return std::exchange(moved, moved + transfer.size);
    }
    case ContentKind::kFile: break;
  }
  if (is_write && transfer.is_append)
    return content.is_size_known ? std::optional(content.size) : std::nullopt;
  return transfer.is_offset_known ? std::optional(transfer.offset)
                                  : std::nullopt;
}

void FileContents::on_transfer(const Transfer& transfer) {
  FileContent* content =
      find(transfer.file, transfer.flow, transfer.connection, transfer.at);
  if (!content || transfer.size == 0) return;
  const bool is_write = transfer.flow == Flow::kOut;
  const auto offset = place(*content, transfer);
  if (is_write) content->was_written = true;
  if (!offset || *offset > kMaxOffset || transfer.size > kMaxOffset - *offset) {
    // It went somewhere: nothing that is known can be relied on.
    if (is_write) content->bytes.cut(0);
    return;
  }
  if (is_write && content->kind == ContentKind::kFile)
    content->bytes.forget(*offset, transfer.size);
  transfer.for_each_captured([&](uint64_t skip, std::string_view bytes) {
    put(*content, *offset + skip, bytes);
  });
  content->size = std::max(content->size, *offset + transfer.size);
}

void FileContents::on_copy(const Copy& copy) {
  const FileContent* from =
      find(copy.from.file, Flow::kIn, copy.from.connection, copy.at);
  FileContent* to = find(copy.to.file, Flow::kOut, copy.to.connection, copy.at);
  if (!from || !to || copy.size == 0) return;
  // The transfers have moved the ends of streams already.
  const auto begins = [&](const FileContent& content, const Copy::End& end,
                          uint64_t moved) -> std::optional<uint64_t> {
    if (content.kind != ContentKind::kFile) return moved - copy.size;
    if (end.file.flags & O_APPEND && &content == to)
      return content.is_size_known ? std::optional(content.size - copy.size)
                                   : std::nullopt;
    return end.is_offset_known ? std::optional(end.offset) : std::nullopt;
  };
  const bool is_pipe = to->kind == ContentKind::kPipe;
  const uint64_t taken = from->kind == ContentKind::kPipe
                             ? from->bytes_out + (copy.is_taken ? 0 : copy.size)
                             : from->size;
  const auto source = begins(*from, copy.from, taken);
  const auto target = begins(*to, copy.to, is_pipe ? to->bytes_in : to->size);
  if (!source || !target || *target > kMaxOffset) return;
  for (const auto& [offset, bytes] : from->bytes.read(*source, copy.size))
    put(*to, *target + (offset - *source), bytes);
}

}  // namespace vestige
