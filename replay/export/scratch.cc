// SPDX-License-Identifier: Apache-2.0
#include "replay/export/scratch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "format/unique_fd.h"
#include "replay/export/out_file.h"

namespace vestige {

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
