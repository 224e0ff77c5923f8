// SPDX-License-Identifier: Apache-2.0
#include "format/trace_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace vestige {
namespace {

// Set aside at once, where there is plenty: it costs the file system.
constexpr uint64_t kStepBytes = 1 << 20;

Error system_error(std::string_view what, const std::string& path) {
  return {ErrorKind::kSystem,
          fmt::format("cannot {} {}: {}", what, path, std::strerror(errno))};
}

bool write_all(int fd, uint64_t offset, ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t done =
        ::pwrite(fd, bytes.data(), bytes.size(), off_t(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return false;
    bytes = bytes.subspan(size_t(done));
    offset += uint64_t(done);
  }
  return true;
}

Result<void> sync_directory(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory =
      slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return system_error("sync", directory);
  return {};
}

// False: there is not so much. File systems that cannot do it promise nothing.
bool allocate(int fd, uint64_t from, uint64_t bytes) {
  int done = 0;
  do {
    done = ::fallocate(fd, FALLOC_FL_KEEP_SIZE, off_t(from), off_t(bytes));
  } while (done != 0 && errno == EINTR);
  return done == 0 || (errno != ENOSPC && errno != EDQUOT && errno != EFBIG);
}

}  // namespace

Result<TraceOutput> TraceOutput::create(const std::string& path) {
  TraceOutput out(path);
  struct stat there;
  if (::lstat(path.c_str(), &there) == 0) {
    errno = EEXIST;
    return system_error("create", path);
  }
  out.fd_ = UniqueFd(
      ::open(out.partial_.c_str(),
             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!out.fd_) return system_error("create", out.partial_);
  return out;
}

uint64_t TraceOutput::set_aside() const {
  return set_aside_until_ > offset_ ? set_aside_until_ - offset_ : 0;
}

Result<void> TraceOutput::make_room(uint64_t bytes, uint64_t end_bytes,
                                    uint64_t reserve_bytes) {
  const uint64_t needed = bytes + end_bytes;
  struct statvfs disk;
  if (reserve_bytes > 0 && ::fstatvfs(fd_.get(), &disk) == 0) {
    const uint64_t free = uint64_t{disk.f_bavail} * disk.f_frsize;
    if (free + set_aside() < needed + reserve_bytes) {
      is_at_reserve_ = true;
      return Error{ErrorKind::kSystem,
                   fmt::format("{}: not written on: the rest of the disk is "
                               "kept free (--reserve)",
                               path_)};
    }
  }
  if (needed <= set_aside()) return {};
  for (const uint64_t more : {kStepBytes, uint64_t{0}}) {
    if (!allocate(fd_.get(), offset_, needed + more)) continue;
    set_aside_until_ = offset_ + needed + more;
    return {};
  }
  return system_error("write", partial_);
}

Result<void> TraceOutput::append(ByteSpan head, ByteSpan rest) {
  if (!write_all(fd_.get(), offset_, head) ||
      !write_all(fd_.get(), offset_ + head.size(), rest)) {
    Error failed = system_error("write", partial_);
    // Back to the last whole chunk; if even that fails, readers pass over it.
    (void)!::ftruncate(fd_.get(), off_t(offset_));
    set_aside_until_ = offset_;
    return failed;
  }
  const uint64_t size = head.size() + rest.size();
  // Lets the kernel begin with write-back now, without waiting for it: less
  // to lose should the machine die.
  (void)::sync_file_range(fd_.get(), off_t(offset_), off_t(size),
                          SYNC_FILE_RANGE_WRITE);
  offset_ += size;
  return {};
}

Result<void> TraceOutput::finish() {
  // Gives back what is set aside.
  (void)!::ftruncate(fd_.get(), off_t(offset_));
  if (::fsync(fd_.get()) != 0) return system_error("sync", partial_);
  if (::renameat2(AT_FDCWD, partial_.c_str(), AT_FDCWD, path_.c_str(),
                  RENAME_NOREPLACE) != 0)
    return system_error(fmt::format("rename {} to", partial_), path_);
  fd_.reset();
  return sync_directory(path_);
}

void TraceOutput::discard() {
  if (!fd_) return;
  ::unlink(partial_.c_str());
  fd_.reset();
}

}  // namespace vestige
