// SPDX-License-Identifier: Apache-2.0
#include "capture/watch/control.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "capture/clocks.h"

namespace vestige {
namespace {

constexpr size_t kMaxLine = 64 * 1024;
constexpr size_t kMaxAnswer = 4 * 1024 * 1024;
constexpr size_t kMaxClients = 16;
constexpr uint64_t kPatienceNs = 10'000'000'000;
constexpr int kAnswerPatienceS = 30;

Error failed(std::string_view what, const std::string& path) {
  return {ErrorKind::kSystem, fmt::format("control socket {}: {}: {}", path,
                                          what, std::strerror(errno))};
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return Error{ErrorKind::kUsage,
                 fmt::format("control socket {}: a path of 1 to {} bytes is "
                             "needed",
                             path, sizeof address.sun_path - 1)};
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* plain(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

bool is_answered(const sockaddr_un& address) {
  const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return fd && connect(fd.get(), plain(address), sizeof address) == 0;
}

// Root and the daemon's own user.
bool may_speak(int fd) {
  ucred peer = {};
  socklen_t size = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == 0 || peer.uid == geteuid());
}

}  // namespace

Result<ControlServer> ControlServer::open(const std::string& path) {
  const sockaddr_un address = TRY(address_of(path));
  if (is_answered(address))
    return Error{
        ErrorKind::kSystem,
        fmt::format("control socket {}: another daemon listens there", path)};
  struct stat there;
  if (lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode))
    unlink(path.c_str());
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return failed("cannot be made", path);
  const mode_t mask = umask(0177);
  const bool is_bound = bind(fd.get(), plain(address), sizeof address) == 0;
  umask(mask);
  if (!is_bound || listen(fd.get(), kMaxClients) != 0)
    return failed("cannot be made", path);
  return ControlServer(path, std::move(fd));
}

ControlServer::~ControlServer() {
  if (fd_) unlink(path_.c_str());
}

void ControlServer::accept_clients() {
  while (clients_.size() < kMaxClients) {
    UniqueFd fd(
        accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) return;
    if (!may_speak(fd.get())) continue;
    clients_.push_back({.fd = std::move(fd), .since_ns = boot_ns()});
  }
}

void ControlServer::serve_client(Client& client, const Answer& answer) {
  char buffer[4096];
  ssize_t got = 0;
  while (client.in.size() <= kMaxLine &&
         (got = recv(client.fd.get(), buffer, sizeof buffer, 0)) > 0)
    client.in.append(buffer, size_t(got));
  const bool has_ended =
      got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  for (size_t end; client.out.size() < kMaxAnswer &&
                   (end = client.in.find('\n')) != client.in.npos;) {
    client.out += answer(client.in.substr(0, end)) + "\n";
    client.in.erase(0, end + 1);
    client.since_ns = boot_ns();
  }
  if (client.in.size() > kMaxLine) {
    client.out += "{\"ok\": false, \"error\": \"the line is too long\"}\n";
    client.is_over = true;
  }
  if (!client.out.empty()) {
    const ssize_t sent = send(client.fd.get(), client.out.data(),
                              client.out.size(), MSG_NOSIGNAL);
    if (sent > 0) client.out.erase(0, size_t(sent));
    if (sent < 0 && errno != EAGAIN) client.is_over = true;
  }
  client.is_over |= (has_ended && client.out.empty()) ||
                    boot_ns() - client.since_ns > kPatienceNs;
}

void ControlServer::serve(const Answer& answer) {
  accept_clients();
  for (Client& client : clients_) serve_client(client, answer);
  std::erase_if(clients_, [](const Client& one) { return one.is_over; });
}

Result<std::string> ask_daemon(const std::string& path,
                               const std::string& line) {
  const sockaddr_un address = TRY(address_of(path));
  const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience = {.tv_sec = kAnswerPatienceS, .tv_usec = 0};
  if (!fd || setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience,
                        sizeof patience) != 0)
    return failed("cannot be used", path);
  if (connect(fd.get(), plain(address), sizeof address) != 0)
    return failed("no daemon answers", path);
  const std::string text = line + "\n";
  if (send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) !=
      ssize_t(text.size()))
    return failed("cannot be written to", path);
  std::string answer;
  char buffer[4096];
  while (answer.find('\n') == answer.npos && answer.size() < kMaxAnswer) {
    const ssize_t got = recv(fd.get(), buffer, sizeof buffer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return failed("no answer", path);
    answer.append(buffer, size_t(got));
  }
  return answer.substr(0, answer.find('\n'));
}

}  // namespace vestige
