// SPDX-License-Identifier: Apache-2.0
#include "capture/anchor_syslog.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>

#include "format/unique_fd.h"

namespace vestige {
namespace {

constexpr timeval kPatience = {.tv_sec = 5, .tv_usec = 0};

Error problem() {
  return {ErrorKind::kSystem, std::strerror(errno)};
}

struct Daemon {
  UniqueFd fd;
  int type = SOCK_DGRAM;  // some only take streams
};

Result<Daemon> connect_to(const std::string& path) {
  sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof address.sun_path)
    return Error{ErrorKind::kSystem, "the path of the socket is too long"};
  path.copy(address.sun_path, path.size());
  for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
    UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    if (!fd) return problem();
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience,
                 sizeof kPatience);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address),
                  sizeof address) == 0)
      return Daemon{std::move(fd), type};
    if (errno != EPROTOTYPE) return problem();
  }
  return problem();
}

// A NUL ends a message in a stream.
Result<void> send(const Daemon& daemon, const std::string& message) {
  const size_t size = message.size() + (daemon.type == SOCK_STREAM ? 1 : 0);
  if (::send(daemon.fd.get(), message.c_str(), size, MSG_NOSIGNAL) !=
      ssize_t(size))
    return problem();
  return {};
}

std::string to_message(const std::string& line) {
  return fmt::format("<{}>{:%b %e %H:%M:%S} vestige-capture[{}]: {}",
                     int{LOG_AUTHPRIV} | LOG_NOTICE,
                     fmt::localtime(std::time(nullptr)), ::getpid(), line);
}

}  // namespace

AnchorSender::Deliver log_to(const std::string& socket_path) {
  return [socket_path, daemon = std::make_shared<Daemon>()](
             const std::string& line, const auto&) -> Result<void> {
    const std::string message = to_message(line);
    // One that was started again has another socket.
    if (daemon->fd && send(*daemon, message)) return {};
    *daemon = TRY(connect_to(socket_path));
    return send(*daemon, message);
  };
}

}  // namespace vestige
