// SPDX-License-Identifier: Apache-2.0
#include "tui/merged_trace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "format/trace_copy.h"
#include "format/trace_reader.h"
#include "format/trace_view.h"

namespace vestige::tui {

static bool is_of_one_boot(const std::string& file) {
  const auto reader = TraceReader::open(file, {.outside_only = true});
  return reader && require_one_boot(reader->header(), file);
}

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
  const bool is_one_boot = merged && is_of_one_boot(file);
  std::filesystem::remove_all(folder, error);
  if (!merged) return std::move(merged).error();
  if (!is_one_boot)
    return Error{ErrorKind::kUsage,
                 "these traces are of several boots or machines, whose "
                 "processes are not to be mixed up: open those of one at a "
                 "time"};
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
