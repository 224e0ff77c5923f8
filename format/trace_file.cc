// SPDX-License-Identifier: Apache-2.0
#include "format/trace_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vestige {
namespace {

constexpr size_t kScanBytes = 1 << 20;
// A mark with as many frames as a chunk of events has fits in here.
constexpr size_t kFirstMarkRead = 1024;

Error system_error(std::string_view what, const std::string& path) {
  return {ErrorKind::kSystem,
          fmt::format("cannot {} {}: {}", what, path, std::strerror(errno))};
}

}  // namespace

Result<TraceFile> TraceFile::open(const std::string& path) {
  TraceFile file;
  file.path_ = path;
  // O_NONBLOCK: opening a FIFO must not hang.
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  // Evidence keeps its times; only its owner may ask for that.
  file.fd_ = UniqueFd(::open(path.c_str(), kFlags | O_NOATIME));
  if (!file.fd_) file.fd_ = UniqueFd(::open(path.c_str(), kFlags));
  if (!file.fd_) return system_error("open", path);
  struct stat status;
  if (::fstat(file.fd_.get(), &status) != 0) return system_error("stat", path);
  if (!S_ISREG(status.st_mode))
    return Error{ErrorKind::kBadInput,
                 fmt::format("{}: not a regular file", path)};
  file.size_ = uint64_t(status.st_size);
  return file;
}

Result<void> TraceFile::look_again() {
  struct stat status;
  if (::fstat(fd_.get(), &status) != 0) return system_error("stat", path_);
  size_ = uint64_t(status.st_size);
  return {};
}

Result<ByteSpan> TraceFile::read(uint64_t offset, size_t size,
                                 ByteBuffer& buffer) {
  if (offset >= size_) return ByteSpan{};
  size = size_t(std::min<uint64_t>(size, size_ - offset));
  buffer.clear();
  buffer.resize(size);
  size_t got = 0;
  while (got < size) {
    const ssize_t n = ::pread(fd_.get(), buffer.data() + got, size - got,
                              off_t(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("read", path_);
    if (n == 0) break;  // became shorter since it was opened
    got += size_t(n);
  }
  buffer.resize(got);
  return buffer.bytes();
}

Result<std::optional<Mark>> TraceFile::mark_at(uint64_t offset) {
  ByteSpan bytes = TRY(read(offset, kFirstMarkRead, mark_buffer_));
  const size_t size = mark_size(bytes);
  if (size > bytes.size()) bytes = TRY(read(offset, size, mark_buffer_));
  return decode_mark(bytes);
}

Result<std::optional<TraceFile::Found>> TraceFile::find_mark(uint64_t from,
                                                             uint64_t to) {
  to = std::min(to, size_);
  while (from < to) {
    const ByteSpan window = TRY(read(from, kScanBytes, scan_buffer_));
    if (window.size() < kMarkPrefixBytes) break;
    const size_t last = window.size() - kMarkPrefixBytes;
    for (size_t at = 0; at <= last && from + at < to; ++at) {
      const auto* next = static_cast<const uint8_t*>(
          std::memchr(window.data() + at, kSkippableMagic[0], last + 1 - at));
      if (!next) break;
      at = size_t(next - window.data());
      if (from + at >= to || mark_size(window.subspan(at)) == 0) continue;
      if (auto mark = TRY(mark_at(from + at)))
        return std::optional<Found>({from + at, std::move(*mark)});
    }
    from += last + 1;
  }
  return std::optional<Found>();
}

}  // namespace vestige
