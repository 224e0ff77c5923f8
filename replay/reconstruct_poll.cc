// SPDX-License-Identifier: Apache-2.0
//
// Reconstructor: what was waited for, and how a connect() that did not wait
// has ended.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "replay/reconstructor.h"

namespace vestige {
namespace {

static_assert(EPOLLOUT == POLLOUT && EPOLLERR == POLLERR &&
              EPOLLHUP == POLLHUP);

// Numbers come from the trace: per epoll no more than these are kept.
constexpr size_t kMaxWatched = 1 << 16;

struct EpollEvent {
  uint32_t events = 0;
  uint64_t data = 0;  // whatever the program wants to be told
};

// Of that argument: some calls have a signal mask, too.
std::string_view bytes_of(const Event& event, ArgKind kind) {
  const int arg = event.descriptor->arg_of_kind(kind);
  const Part* part =
      arg < 0 ? nullptr : event.part(uint8_t(arg), PartKind::kBytes);
  return part ? part->data : std::string_view();
}

// struct epoll_event is packed on x86 only.
std::vector<EpollEvent> epoll_events(const Event& event, ArgKind kind) {
  std::string_view bytes = bytes_of(event, kind);
  const bool is_arm =
      event.type.abi == Abi::kArm64 || event.type.abi == Abi::kArm32;
  const size_t data_at = is_arm ? 8 : 4;
  const size_t size = data_at + sizeof(EpollEvent::data);
  std::vector<EpollEvent> out;
  for (; bytes.size() >= size; bytes.remove_prefix(size)) {
    EpollEvent& one = out.emplace_back();
    std::memcpy(&one.events, bytes.data(), sizeof one.events);
    std::memcpy(&one.data, bytes.data() + data_at, sizeof one.data);
  }
  return out;
}

}  // namespace

// Calls that replay follows for their results only.
void Reconstructor::on_other(const Now& now) {
  if (now.event.parts.empty() || now.call.failed()) return;
  const Descriptor& what = *now.event.descriptor;
  if (what.arg_of_kind(ArgKind::kSockoptOut) >= 0) return on_socket_error(now);
  if (what.arg_of_kind(ArgKind::kPollfds) >= 0) return on_poll(now);
  if (what.arg_of_kind(ArgKind::kEpollEvent) >= 0) return on_epoll_ctl(now);
  if (what.arg_of_kind(ArgKind::kEpollEvents) >= 0) return on_epoll_wait(now);
}

// How a connect() that did not wait has ended.
void Reconstructor::conclude(const Now& now, OpenFile& file, int error) {
  ConnectionRow& row = sockets_.row(sockets_.get(file.socket).own);
  if (row.error != EINPROGRESS) return;
  row.error = error;
  if (error == 0) row.is_established = true;
  NetRow& net = tables_.net_at(
      tables_.net(now.process.row.id, row.id, NetOp::kConnect, error));
  net.seen.add(now.event.time_ns, now.at);
}

void Reconstructor::on_socket_error(const Now& now) {
  const auto level = now.call.value(ArgKind::kSockoptLevel);
  const auto name = now.call.value(ArgKind::kSockoptName);
  const Part* value = now.call.part(PartKind::kBytes);
  int32_t error = 0;
  if (!level || !name || int(*level) != SOL_SOCKET || int(*name) != SO_ERROR ||
      !value || value->data.size() < sizeof error)
    return;
  std::memcpy(&error, value->data.data(), sizeof error);
  OpenFile* file = socket_at(now, now.call.fd());
  if (file && error >= 0) conclude(now, *file, error);
}

// Ready for writing without an error: the connection is there. With an error,
// only SO_ERROR tells which.
void Reconstructor::on_poll(const Now& now) {
  std::string_view bytes = bytes_of(now.event, ArgKind::kPollfds);
  for (; bytes.size() >= sizeof(pollfd); bytes.remove_prefix(sizeof(pollfd))) {
    pollfd one{};
    std::memcpy(&one, bytes.data(), sizeof one);
    on_ready(now, one.fd, uint16_t(one.revents));
  }
}

// EPOLLOUT and its like are the same bits as POLLOUT.
void Reconstructor::on_ready(const Now& now, int fd, uint32_t events) {
  if (events == 0 || events & POLLNVAL) return;
  const FdTable::Entry* entry = now.task.fds->find(fd);
  if (!entry) return;
  OpenFile& file = *entry->file;
  if (file.socket == 0) {
    if (!file.path.empty()) add(now, FileOp::kReady, target_of(file));
    return;
  }
  add_net(now, sockets_.get(file.socket).own, NetOp::kReady);
  if (events & POLLOUT && !(events & (POLLERR | POLLHUP)))
    conclude(now, file, 0);
}

void Reconstructor::on_epoll_ctl(const Now& now) {
  const auto asked = epoll_events(now.event, ArgKind::kEpollEvent);
  if (asked.empty()) return;
  auto& watched = epolls_[&file_at(now, now.call.fd(0), 0)];
  if (watched.size() < kMaxWatched || watched.contains(asked[0].data))
    watched[asked[0].data] = now.call.fd(1);
}

// It reports what the program had said of a descriptor, not its number.
void Reconstructor::on_epoll_wait(const Now& now) {
  const auto watched = epolls_.find(&file_at(now, now.call.fd(0), 0));
  if (watched == epolls_.end()) return;
  for (const EpollEvent& one : epoll_events(now.event, ArgKind::kEpollEvents))
    if (const auto fd = watched->second.find(one.data);
        fd != watched->second.end())
      on_ready(now, fd->second, one.events);
}

}  // namespace vestige
