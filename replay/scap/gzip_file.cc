// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/gzip_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vestige {
namespace {

constexpr unsigned kBuffer_bytes = 256 * 1024;
// gzread() takes and gives ints.
constexpr size_t kMaxRead_bytes = 1 << 30;

}  // namespace

void GzipFile::Close::operator()(gzFile_s* file) const {
  gzclose_r(file);
}

Result<GzipFile> GzipFile::open(const std::string& path) {
  errno = 0;
  gzFile file = gzopen(path.c_str(), "rbe");
  if (!file)
    return Error{ErrorKind::kBadInput,
                 fmt::format("cannot open: {}", std::strerror(errno))};
  gzbuffer(file, kBuffer_bytes);
  return GzipFile(file);
}

Result<size_t> GzipFile::read(std::span<char> into) {
  const size_t wanted = std::min(into.size(), kMaxRead_bytes);
  const int got = gzread(file_.get(), into.data(), unsigned(wanted));
  if (got < 0) {
    int number = Z_OK;
    const char* text = gzerror(file_.get(), &number);
    return Error{ErrorKind::kBadInput,
                 number == Z_ERRNO ? std::strerror(errno) : text};
  }
  return size_t(got);
}

}  // namespace vestige
