// SPDX-License-Identifier: Apache-2.0
#include "replay/merged_trace.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "format/crypto.h"
#include "format/escape.h"
#include "format/trace_copy.h"
#include "format/trace_reader.h"
#include "format/trace_view.h"
#include "replay/scratch_folder.h"

namespace vestige {
namespace {

bool is_of_one_boot(const std::string& file) {
  const auto reader = TraceReader::open(file, {.outside_only = true});
  return reader && require_one_boot(reader->header(), file);
}

// What one file says of the recording it is of.
struct Place {
  std::string trace_id;  // empty: not to be opened, or merged itself
  Predecessor previous;
  std::string boot_id, container_id;
};

Place place_of(const std::string& path) {
  const auto reader = TraceReader::open(path, {.outside_only = true});
  if (!reader || !reader->header().origins.empty()) return {};
  const TraceHeader& header = reader->header();
  return {.trace_id = to_hex(reader->trace_id()),
          .previous = header.previous,
          .boot_id = header.boot_id,
          .container_id = header.container.id};
}

bool goes_on(const Place& place) {
  return !place.previous.trace_id.empty();
}

// The index of what it goes on from, or of itself.
size_t find_previous(const std::vector<Place>& places, size_t at) {
  if (!goes_on(places[at])) return at;
  const auto found =
      std::ranges::find(places, places[at].previous.trace_id, &Place::trace_id);
  return found == places.end() ? at : size_t(found - places.begin());
}

// The first file of each one's recording, as far as they are there. A file
// that claims to come before itself ends the search.
size_t find_first(const std::vector<Place>& places, size_t at) {
  for (size_t steps = 0; steps < places.size(); ++steps) {
    const size_t previous = find_previous(places, at);
    if (previous == at) return at;
    at = previous;
  }
  return at;
}

bool has_relatives(const std::vector<Place>& places, size_t of) {
  return std::ranges::any_of(places, [&](const Place& other) {
    return &other != &places[of] && !other.trace_id.empty() &&
           other.boot_id == places[of].boot_id &&
           other.container_id == places[of].container_id;
  });
}

}  // namespace

Result<MergedTrace> MergedTrace::make(const std::vector<std::string>& paths,
                                      const std::string& tool) {
  const ScratchFolder folder = TRY(ScratchFolder::make());
  const std::string file = folder.file("merged.vtrace");
  // It lives as long as the program: speed counts, size does not.
  TRY(merge_traces(paths, file, {.writer = {.zstd_level = 1}, .tool = tool}));
  if (!is_of_one_boot(file))
    return Error{ErrorKind::kUsage,
                 "these traces are of several boots or machines, whose "
                 "processes are not to be mixed up: open those of one at a "
                 "time"};
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd)
    return Error{ErrorKind::kSystem,
                 fmt::format("{}: {}", file, std::strerror(errno))};
  return MergedTrace(std::move(fd));
}

std::string MergedTrace::path() const {
  return fmt::format("/proc/self/fd/{}", fd_.get());
}

Result<JoinedTraces> join_rotated(const std::vector<std::string>& paths,
                                  const std::string& tool) {
  JoinedTraces out;
  if (paths.size() < 2) {
    out.paths = paths;
    return out;
  }
  std::vector<Place> places(paths.size());
  std::ranges::transform(paths, places.begin(), place_of);
  std::vector<size_t> firsts(paths.size());
  for (size_t i = 0; i < paths.size(); ++i) firsts[i] = find_first(places, i);
  std::vector<bool> is_given(paths.size());
  for (size_t i = 0; i < paths.size(); ++i) {
    const size_t first = firsts[i];
    if (is_given[first]) continue;
    is_given[first] = true;
    if (goes_on(places[first]) && has_relatives(places, first))
      out.gaps.push_back(fmt::format(
          "{}: goes on from {}, which is missing: what was in it is not told",
          escaped(paths[first]), escaped(places[first].previous.file_name)));
    std::vector<std::string> files;
    for (size_t k = 0; k < paths.size(); ++k)
      if (firsts[k] == first) files.push_back(paths[k]);
    if (files.size() == 1) {
      out.paths.push_back(files.front());
      continue;
    }
    out.merged.push_back(TRY(MergedTrace::make(files, tool)));
    out.paths.push_back(out.merged.back().path());
  }
  return out;
}

}  // namespace vestige
