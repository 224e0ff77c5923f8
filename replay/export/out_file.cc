// SPDX-License-Identifier: Apache-2.0
#include "replay/export/out_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "format/escape.h"

namespace vestige {

Result<OutFile> OutFile::create(const std::string& path) {
  if (path == "-")
    return OutFile({}, UniqueFd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)));
  UniqueFd fd(::open(path.c_str(),
                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                     0600));
  if (!fd)
    return Error{
        ErrorKind::kSystem,
        fmt::format("cannot make {}: {}", escaped(path), std::strerror(errno))};
  return OutFile(path, std::move(fd));
}

OutFile::OutFile(OutFile&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      fd_(std::move(other.fd_)),
      buffer_(std::move(other.buffer_)),
      error_(other.error_) {}

OutFile::~OutFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void OutFile::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty() && error_ == 0) {
    const ssize_t wrote = ::write(fd_.get(), rest.data(), rest.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0)
      error_ = errno;
    else
      rest.remove_prefix(size_t(wrote));
  }
  buffer_.clear();
}

Result<void> OutFile::close() {
  flush();
  if (error_ != 0)
    return Error{ErrorKind::kSystem,
                 fmt::format("cannot write {}: {}",
                             path_.empty() ? "to stdout" : escaped(path_),
                             std::strerror(error_))};
  path_.clear();
  return {};
}

Result<void> write_file(const std::string& path, std::string_view bytes) {
  OutFile out = TRY(OutFile::create(path));
  out.write(bytes);
  return out.close();
}

}  // namespace vestige
