// SPDX-License-Identifier: Apache-2.0
#include "replay/export/scratch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "format/unique_fd.h"
#include "replay/export/out_file.h"

namespace vestige {

Result<ScratchFolder> ScratchFolder::make() {
  std::error_code error;
  const auto parent = std::filesystem::temp_directory_path(error);
  std::string path = error ? "/tmp" : parent.string();
  path += "/vestige-XXXXXX";
  if (!::mkdtemp(path.data()))
    return Error{ErrorKind::kSystem, fmt::format("{}: cannot make a folder: {}",
                                                 path, strerror(errno))};
  return ScratchFolder(std::move(path));
}

ScratchFolder::ScratchFolder(ScratchFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<void> copy_to_stdout(const std::string& path) {
  const UniqueFd from(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  OutFile out = TRY(OutFile::create("-"));
  constexpr size_t kStep = 1 << 18;
  std::string bytes(kStep, '\0');
  while (true) {
    const ssize_t got = ::read(from.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return Error{ErrorKind::kSystem,
                   fmt::format("{}: {}", path, strerror(errno))};
    if (got == 0) return out.close();
    out.write({bytes.data(), size_t(got)});
  }
}

}  // namespace vestige
