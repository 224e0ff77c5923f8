// SPDX-License-Identifier: Apache-2.0
#include "tui/merged_trace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "format/trace_copy.h"

namespace vestige::tui {

Result<MergedTrace> MergedTrace::make(const std::vector<std::string>& paths) {
  std::error_code error;
  std::string folder =
      std::filesystem::temp_directory_path(error) / "vestige-XXXXXX";
  if (error || !mkdtemp(folder.data())) {
    return Error{ErrorKind::kSystem, fmt::format("{}: cannot be made: {}",
                                                 folder, std::strerror(errno))};
  }
  const std::string file = folder + "/merged.vtrace";
  // It lives for this session: speed counts, size does not.
  auto merged = merge_traces(
      paths, file, {.writer = {.zstd_level = 1}, .tool = "vestige-tui"});
  UniqueFd fd(merged ? open(file.c_str(), O_RDONLY | O_CLOEXEC) : -1);
  std::filesystem::remove_all(folder, error);
  if (!merged) return std::move(merged).error();
  if (!fd) {
    return Error{ErrorKind::kSystem,
                 fmt::format("{}: {}", file, std::strerror(errno))};
  }
  return MergedTrace(std::move(fd));
}

std::string MergedTrace::path() const {
  return fmt::format("/proc/self/fd/{}", fd_.get());
}

}  // namespace vestige::tui
