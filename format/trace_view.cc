// SPDX-License-Identifier: Apache-2.0
#include "format/trace_view.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>

#include "format/trace_reader.h"

namespace vestige {

TraceView parse_view(const std::string& path) {
  const size_t hash = path.rfind('#');
  if (hash == std::string::npos || ::access(path.c_str(), F_OK) == 0)
    return {.file = path};
  uint16_t origin = 0;
  const char* const end = path.data() + path.size();
  const auto [stop, error] =
      std::from_chars(path.data() + hash + 1, end, origin);
  if (error != std::errc() || stop != end || origin == 0) return {.file = path};
  return {.file = path.substr(0, hash), .origin = origin};
}

std::vector<std::string> views_of(const std::string& path) {
  const auto reader = TraceReader::open(path, {.outside_only = true});
  const size_t origins = reader ? reader->header().origins.size() : 0;
  if (origins == 0) return {path};
  std::vector<std::string> out;
  for (size_t i = 1; i <= origins; ++i)
    out.push_back(fmt::format("{}#{}", path, i));
  return out;
}

Result<void> require_one_boot(const TraceHeader& header,
                              const std::string& path) {
  if (header.origins.size() < 2 || !header.boot_id.empty()) return {};
  return Error{
      ErrorKind::kUsage,
      fmt::format("{}: is merged from traces of several boots or machines, "
                  "whose processes are not to be mixed up: ask one of them, "
                  "{}#1 to {}#{}",
                  path, path, path, header.origins.size())};
}

}  // namespace vestige
