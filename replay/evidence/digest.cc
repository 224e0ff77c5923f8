// SPDX-License-Identifier: Apache-2.0
#include "replay/evidence/digest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "format/crypto.h"
#include "format/escape.h"
#include "format/unique_fd.h"

namespace vestige {
namespace {

constexpr size_t kPiece = 1 << 20;

Error system_error(const std::string& path) {
  return {ErrorKind::kSystem,
          fmt::format("{}: {}", escaped(path), std::strerror(errno))};
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  return to_hex(sha256(bytes_of(bytes)));
}

Result<FileDigest> digest_file(const std::string& path) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  UniqueFd fd(::open(path.c_str(), kFlags | O_NOATIME));
  if (!fd) fd = UniqueFd(::open(path.c_str(), kFlags));  // not our file
  if (!fd) return system_error(path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return system_error(path);
  if (!S_ISREG(status.st_mode))
    return Error{ErrorKind::kBadInput,
                 fmt::format("{}: not a regular file", escaped(path))};
  FileDigest out;
  out.modified_ns =
      int64_t(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
  out.inode = status.st_ino;
  Sha256 hash;
  std::vector<uint8_t> piece(kPiece);
  while (true) {
    const ssize_t got = ::read(fd.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(path);
    if (got == 0) break;
    hash.add({piece.data(), size_t(got)});
    out.size += uint64_t(got);
  }
  out.sha256 = to_hex(hash.finish());
  return out;
}

}  // namespace vestige
