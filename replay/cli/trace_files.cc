// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/trace_files.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "format/escape.h"
#include "format/trace_view.h"

namespace vestige::cli {
namespace {

namespace fs = std::filesystem;

Error system_error(std::string_view what) {
  return {ErrorKind::kSystem, fmt::format("{}: {}", what, strerror(errno))};
}

bool write_all(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t written = write(fd, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= size_t(written);
  }
  return true;
}

// Traces are read here and there, standard input only from front to back.
Result<std::string> keep_stdin() {
  std::FILE* kept = std::tmpfile();
  if (!kept) return system_error("standard input");
  const int fd = fileno(kept);
  char buffer[1 << 16];
  while (true) {
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("standard input");
    if (got == 0) return fmt::format("/proc/self/fd/{}", fd);
    if (!write_all(fd, buffer, size_t(got)))
      return system_error("standard input");
  }
}

Result<void> add_folder(const std::string& folder,
                        std::vector<std::string>& out) {
  std::error_code error;
  std::vector<std::string> found;
  auto each = fs::recursive_directory_iterator(
      folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && each != fs::end(each); each.increment(error))
    if (each->path().extension() == ".vtrace" && each->is_regular_file(error))
      found.push_back(each->path());
  if (error)
    return Error{ErrorKind::kSystem,
                 fmt::format("{}: {}", escaped(folder), error.message())};
  if (found.empty())
    return Error{ErrorKind::kUsage,
                 fmt::format("{}: no traces (*.vtrace) in it", folder)};
  std::ranges::sort(found);
  out.insert(out.end(), found.begin(), found.end());
  return {};
}

}  // namespace

Result<std::string> file_of(const std::string& operand) {
  return operand == "-" ? keep_stdin() : operand;
}

Result<std::vector<std::string>> find_traces(
    const std::vector<std::string>& operands) {
  std::vector<std::string> files;
  for (const std::string& operand : operands) {
    std::error_code ignored;
    if (fs::is_directory(operand, ignored))
      TRY(add_folder(operand, files));
    else
      files.push_back(TRY(file_of(operand)));
  }
  std::vector<std::string> out;
  for (const std::string& file : files)
    for (std::string& view : views_of(file)) out.push_back(std::move(view));
  return out;
}

size_t count_trace_operands(const std::vector<std::string>& words) {
  size_t count = std::min<size_t>(words.size(), 1);
  std::error_code ignored;
  while (count < words.size() &&
         (words[count] == "-" ||
          fs::exists(parse_view(words[count]).file, ignored)))
    ++count;
  return count;
}

}  // namespace vestige::cli
