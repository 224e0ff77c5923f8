// SPDX-License-Identifier: Apache-2.0
#include "capture/anchor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <syslog.h>

#include <cerrno>
#include <cstring>

namespace vestige {
namespace {

Error file_error(std::string_view what, const std::string& path) {
  return {ErrorKind::kSystem, fmt::format("cannot {} the anchor file {}: {}",
                                          what, path, std::strerror(errno))};
}

}  // namespace

Result<Anchors> Anchors::open(const std::vector<std::string>& targets) {
  Anchors anchors;
  for (const std::string& target : targets) {
    if (target == "syslog") {
      ::openlog("vestige-capture", LOG_PID, LOG_AUTHPRIV);
      anchors.to_syslog_ = true;
      continue;
    }
    UniqueFd fd(::open(target.c_str(),
                       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!fd) return file_error("open", target);
    anchors.files_.push_back({target, std::move(fd)});
  }
  return anchors;
}

void Anchors::send(const ChainHead& head) {
  const std::string line = to_line(head);
  if (to_syslog_) ::syslog(LOG_NOTICE, "%s", line.c_str());
  for (const File& file : files_) {
    // One write: lines of several agents do not mix.
    const std::string text = line + "\n";
    if (::write(file.fd.get(), text.data(), text.size()) !=
            ssize_t(text.size()) &&
        !error_)
      error_ = file_error("append to", file.path);
  }
}

}  // namespace vestige
