// SPDX-License-Identifier: Apache-2.0
#include "tui/saved_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace vestige::tui {
namespace {

Error system_error(const std::string& path, std::string_view what) {
  return {ErrorKind::kSystem,
          fmt::format("{}: {}: {}", path, what, std::strerror(errno))};
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

Result<void> save_file(const std::string& path, std::string_view text) {
  if (text.empty()) {
    if (unlink(path.c_str()) != 0 && errno != ENOENT) {
      return system_error(path, "cannot be removed");
    }
    return {};
  }
  const std::string fresh = fmt::format("{}.{}", path, getpid());
  const int fd =
      open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
           0600);
  if (fd < 0) return system_error(fresh, "cannot be made");
  const bool is_written = write_all(fd, text) && fsync(fd) == 0;
  if (close(fd) != 0 || !is_written ||
      rename(fresh.c_str(), path.c_str()) != 0) {
    const Error error = system_error(path, "cannot be written");
    unlink(fresh.c_str());
    return error;
  }
  return {};
}

std::string settings_path(std::string_view name) {
  if (const char* config = std::getenv("XDG_CONFIG_HOME"); config && *config) {
    return fmt::format("{}/vestige/{}", config, name);
  }
  const char* home = std::getenv("HOME");
  return home && *home ? fmt::format("{}/.config/vestige/{}", home, name) : "";
}

}  // namespace vestige::tui
