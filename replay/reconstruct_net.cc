// SPDX-License-Identifier: Apache-2.0
//
// Reconstructor: sockets, conversations, descriptors passed through them.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

#include "replay/reconstructor.h"

namespace vestige {
namespace {

constexpr int kTypeMask = 0xf;  // SOCK_TYPE_MASK of linux/net.h
// Descriptors that were sent and not yet received, per socket.
constexpr size_t kMaxPassed = 4096;

struct ControlHeader {
  uint64_t length;  // header included
  int32_t level;
  int32_t type;
};
static_assert(sizeof(ControlHeader) == 16);

// Calls visit(int fd) for each descriptor in ancillary data.
template <typename Visit>
void for_each_right(std::string_view control, Visit visit) {
  while (control.size() >= sizeof(ControlHeader)) {
    ControlHeader header;
    std::memcpy(&header, control.data(), sizeof header);
    if (header.length < sizeof header || header.length > control.size()) return;
    const std::string_view data =
        control.substr(sizeof header, header.length - sizeof header);
    for (size_t at = 0;
         header.level == SOL_SOCKET && header.type == SCM_RIGHTS &&
         at + sizeof(int) <= data.size();
         at += sizeof(int)) {
      int fd = -1;
      std::memcpy(&fd, data.data() + at, sizeof fd);
      visit(fd);
    }
    constexpr uint64_t kAlign = sizeof(uint64_t) - 1;
    const uint64_t step = (header.length + kAlign) & ~kAlign;
    control.remove_prefix(std::min<uint64_t>(step, control.size()));
  }
}

Endpoint parse_inet(std::string_view bytes) {
  sockaddr_in in{};
  if (bytes.size() < offsetof(sockaddr_in, sin_zero)) return {};
  std::memcpy(&in, bytes.data(), offsetof(sockaddr_in, sin_zero));
  Endpoint end{.family = AF_INET, .port = ntohs(in.sin_port)};
  std::memcpy(end.address.data(), &in.sin_addr, sizeof in.sin_addr);
  return end;
}

Endpoint parse_inet6(std::string_view bytes) {
  sockaddr_in6 in{};
  if (bytes.size() < offsetof(sockaddr_in6, sin6_scope_id)) return {};
  std::memcpy(&in, bytes.data(), offsetof(sockaddr_in6, sin6_scope_id));
  Endpoint end{.family = AF_INET6, .port = ntohs(in.sin6_port)};
  std::memcpy(end.address.data(), &in.sin6_addr, sizeof in.sin6_addr);
  return end;
}

Endpoint parse_unix(std::string_view path, TextPool& texts) {
  Endpoint end{.family = AF_UNIX};
  if (path.starts_with('\0'))
    end.name = texts.intern(std::string("@").append(path.substr(1)));
  else
    end.name = texts.intern(path.substr(0, path.find('\0')));
  return end;
}

// What is only looked at stays where it is; and what lies in the queue of
// errors is one's own.
bool is_look(const Call& call) {
  return call.value(ArgKind::kMsgFlags).value_or(0) & (MSG_PEEK | MSG_ERRQUEUE);
}

// Bytes of all payload of a call that returns a number of messages.
uint64_t payload_size(const Event& event) {
  uint64_t size = 0;
  for (const Part& part : event.parts)
    if (part.kind == PartKind::kPayload) size += part.full_size;
  return size;
}

}  // namespace

Endpoint parse_endpoint(std::string_view bytes, TextPool& texts) {
  uint16_t family = 0;
  if (bytes.size() < sizeof family) return {};
  std::memcpy(&family, bytes.data(), sizeof family);
  const std::string_view rest = bytes.substr(sizeof family);
  switch (family) {
    case AF_INET: return parse_inet(bytes);
    case AF_INET6: return parse_inet6(bytes);
    case AF_UNIX: return parse_unix(rest, texts);
    case AF_UNSPEC: return {};
    default: break;
  }
  Endpoint end{.family = family};
  if (rest.size() >= 2) std::memcpy(&end.port, rest.data(), 2);
  return end;
}

Endpoint Reconstructor::peer_of(const Now& now) {
  const Part* part = now.call.part(PartKind::kSockaddr);
  return part ? parse_endpoint(part->data, texts_) : Endpoint{};
}

OpenFileRef Reconstructor::make_socket(const Now& now, uint16_t family,
                                       uint16_t type, uint16_t protocol) {
  OpenFileRef file = open_files_.create();
  file->kind = OpenFileKind::kSocket;
  file->socket = sockets_.open(family, type, protocol, opened(now));
  return file;
}

NetRow& Reconstructor::add_net(const Now& now, ConnectionId connection,
                               NetOp op) {
  NetRow& row = tables_.net_at(
      tables_.net(now.process.row.id, connection, op, now.call.error()));
  row.seen.add(now.event.time_ns, now.at);
  return row;
}

OpenFile* Reconstructor::socket_at(const Now& now, int fd) {
  OpenFile* file = &file_at(now, fd, 0);
  if (file->kind == OpenFileKind::kSocket) return file;
  if (now.call.error() == EBADF || now.call.error() == ENOTSOCK) return nullptr;
  // A socket call worked on it, so it is a socket, whatever we thought.
  install(now, fd, make_socket(now, 0, 0, 0), false);
  const FdTable::Entry* entry = now.task.fds->find(fd);
  return entry ? entry->file.get() : nullptr;
}

void Reconstructor::on_socket(const Now& now) {
  const auto family = now.call.value(ArgKind::kSocketDomain).value_or(0);
  const auto type = now.call.value(ArgKind::kSocketType).value_or(0);
  const auto protocol = now.call.value(ArgKind::kSocketProtocol).value_or(0);
  OpenFileRef file = make_socket(
      now, uint16_t(family), uint16_t(type & kTypeMask), uint16_t(protocol));
  if (const Part* part = now.call.returned(PartKind::kSocket))
    sockets_.observe(file->socket, read_part<SocketPart>(*part));
  add_net(now, sockets_.get(file->socket).own, NetOp::kSocket);
  if (now.call.failed()) return;
  own(now, now.process.row.id, *file, OwnHow::kOpened);
  install(now, int(now.event.ret), std::move(file), type & SOCK_CLOEXEC);
}

void Reconstructor::own(const Now& now, ProcessId owner, const OpenFile& file,
                        OwnHow how) {
  const ProcessId from =
      how == OwnHow::kInherited ? now.process.row.id : ProcessId::kNone;
  OwnerRow row{.connection = sockets_.get(file.socket).own,
               .process = owner,
               .from = from,
               .how = how,
               .time_ns = now.event.time_ns,
               .at = now.at};
  owners_.begin(row);
  const Process* process = tree_.get(owner);
  if (!process) return;
  row.from = owner;
  row.how = OwnHow::kShared;
  for_each_sharer(*process,
                  owner == now.process.row.id ? now.task.fds : process->fds,
                  [&](const Process& other) {
                    row.process = other.row.id;
                    owners_.begin(row);
                  });
}

// Processes other than this one that use the table, too: made by clone() with
// CLONE_FILES and without CLONE_THREAD, which is rare.
template <typename Visit>
void Reconstructor::for_each_sharer(const Process& process,
                                    const std::shared_ptr<FdTable>& fds,
                                    Visit visit) {
  // Its own threads, and itself.
  if (fds.use_count() <= long(process.live_threads) + 1) return;
  tree_.for_each_live([&](const Process& other) {
    if (&other != &process && other.fds == fds) visit(other);
  });
}

void Reconstructor::disown(const Process& process,
                           const std::shared_ptr<FdTable>& fds,
                           const OpenFileRef& file, ProcessTree::Moment when) {
  if (!file || file->socket == 0) return;
  if (!file.is_last() && fds->has(*file)) return;
  const ConnectionId socket = sockets_.get(file->socket).own;
  const bool has_another_table = process.fds && process.fds != fds;
  if (!has_another_table || file.is_last() || !process.fds->has(*file))
    owners_.end(process.row.id, socket, when.time_ns, when.at);
  for_each_sharer(process, fds, [&](const Process& other) {
    owners_.end(other.row.id, socket, when.time_ns, when.at);
  });
}

void Reconstructor::disown(const Now& now, std::vector<OpenFileRef>& sockets) {
  for (OpenFileRef& file : sockets) {
    if (now.process.fds)
      disown(now.process, now.process.fds, file, moment(now));
    file = {};
  }
}

std::vector<OpenFileRef> Reconstructor::sockets_in(FdTable& fds) {
  std::vector<OpenFileRef> found;
  fds.for_each([&](int, const FdTable::Entry& entry) {
    if (entry.file->socket != 0) found.push_back(entry.file);
  });
  return found;
}

void Reconstructor::on_socket_pair(const Now& now) {
  const auto fds = fd_pair(now);
  if (now.call.failed() || !fds) return;
  const auto family = now.call.value(ArgKind::kSocketDomain).value_or(0);
  const auto type = now.call.value(ArgKind::kSocketType).value_or(0);
  ConnectionId first = ConnectionId::kNone;
  for (const int fd : *fds) {
    OpenFileRef file =
        make_socket(now, uint16_t(family), uint16_t(type & kTypeMask), 0);
    Socket& socket = sockets_.get(file->socket);
    socket.is_connected = true;
    sockets_.row(socket.own).is_established = true;
    add_net(now, socket.own, NetOp::kSocket);
    own(now, now.process.row.id, *file, OwnHow::kOpened);
    if (first != ConnectionId::kNone) {
      sockets_.row(first).peer = socket.own;
      sockets_.row(socket.own).peer = first;
    }
    first = socket.own;
    install(now, fd, std::move(file), type & SOCK_CLOEXEC);
  }
}

void Reconstructor::on_connect(const Now& now) {
  OpenFile* file = socket_at(now, now.call.fd());
  if (!file) return;
  sockets_.connect(file->socket, peer_of(now), now.call.error());
  ConnectionRow& own = sockets_.row(sockets_.get(file->socket).own);
  own.remote_name = messages_.name_of(own.remote, now.event.time_ns);
  add_net(now, own.id, NetOp::kConnect);
}

void Reconstructor::on_bind(const Now& now) {
  OpenFile* file = socket_at(now, now.call.fd());
  if (!file) return;
  const Endpoint asked = peer_of(now);
  ConnectionRow& own = sockets_.row(sockets_.get(file->socket).own);
  // Port 0 asks for any: the kernel's answer is in the socket already.
  const bool is_answered = own.local && asked.port == 0;
  if (!now.call.failed() && !is_answered)
    sockets_.bind(file->socket, asked);
  else if (now.call.failed() && !own.local)
    own.local = asked;
  sockets_.get(file->socket).is_bound |= !now.call.failed();
  add_net(now, own.id, NetOp::kBind);
}

void Reconstructor::on_listen(const Now& now) {
  OpenFile* file = socket_at(now, now.call.fd());
  if (!file) return;
  if (!now.call.failed()) sockets_.listen(file->socket);
  add_net(now, sockets_.get(file->socket).own, NetOp::kListen);
}

void Reconstructor::on_accept(const Now& now) {
  OpenFile* file = socket_at(now, now.call.fd());
  if (!file) return;
  if (now.call.failed()) {
    add_net(now, sockets_.get(file->socket).own, NetOp::kAccept);
    return;
  }
  OpenFileRef made = open_files_.create();
  made->kind = OpenFileKind::kSocket;
  made->socket = sockets_.accept(file->socket, opened(now));
  ConnectionRow& row = sockets_.row(sockets_.get(made->socket).own);
  if (const Endpoint peer = peer_of(now)) {
    row.remote = peer;
    row.certainty = Certainty::kObserved;
  }
  if (const Part* part = now.call.returned(PartKind::kSocket))
    sockets_.observe(made->socket, read_part<SocketPart>(*part));
  add_net(now, row.id, NetOp::kAccept);
  own(now, now.process.row.id, *made, OwnHow::kOpened);
  const uint64_t flags = now.call.value(ArgKind::kAcceptFlags).value_or(0);
  install(now, int(now.event.ret), std::move(made), flags & SOCK_CLOEXEC);
}

Reconstructor::Moved Reconstructor::moved_by(const Now& now) {
  if (now.call.failed()) return {};
  if (now.event.descriptor->returns == ReturnKind::kCount)
    return {payload_size(now.event), now.call.size()};
  return {now.call.size(), 1};
}

void Reconstructor::transfer(const Now& now, OpenFile& file, NetOp op,
                             Moved moved, const Endpoint& peer) {
  const uint64_t bytes = moved.bytes;
  OpenFile::RowHint& hint = op == NetOp::kSend ? file.written : file.read;
  const ProcessId process = now.process.row.id;
  const bool is_known =
      hint.process == process && hint.row != 0 && !peer && !now.call.failed();
  NetRow* net = is_known ? &tables_.net_at(hint.row - 1) : nullptr;
  if (!net) {
    const ConnectionId id =
        sockets_.conversation(file.socket, peer, opened(now));
    const uint32_t index = tables_.net(process, id, op, now.call.error());
    net = &tables_.net_at(index);
    if (!peer && !now.call.failed()) hint = {process, index + 1};
  }
  sockets_.get(file.socket).latest = net->connection;
  net->bytes += bytes;
  net->seen.add(now.event.time_ns, now.at);
  if (moved.messages == 0) return;
  if (watcher_)
    show(now, file, op == NetOp::kSend ? Flow::kOut : Flow::kIn, bytes,
         std::nullopt, net->connection);
  ConnectionRow& row = sockets_.row(net->connection);
  (op == NetOp::kSend ? row.bytes_sent : row.bytes_received) += bytes;
  ++(op == NetOp::kSend ? row.sends : row.receives);
  (op == NetOp::kSend ? row.messages_sent : row.messages_received) +=
      moved.messages;
  if (const Part* payload = now.call.part(PartKind::kPayload))
    messages_.read(row, {.process = process,
                         .is_sent = op == NetOp::kSend,
                         .bytes = payload->data.substr(0, bytes),
                         .time_ns = now.event.time_ns,
                         .at = now.at});
  // Only what is connected carries a stream's bytes.
  if (row.type == SOCK_STREAM) row.is_established = true;
}

void Reconstructor::on_send(const Now& now) {
  OpenFile* file = socket_at(now, now.call.fd());
  if (!file) return;
  transfer(now, *file, NetOp::kSend, moved_by(now), peer_of(now));
  if (!now.call.failed()) pass_rights(now, *file);
}

void Reconstructor::on_receive(const Now& now) {
  OpenFile* file = socket_at(now, now.call.fd());
  if (!file) return;
  transfer(now, *file, NetOp::kReceive,
           is_look(now.call) ? Moved{} : moved_by(now),
           now.call.failed() ? Endpoint{} : peer_of(now));
  if (!now.call.failed()) take_rights(now, *file);
}

void Reconstructor::on_shutdown(const Now& now) {
  if (OpenFile* file = socket_at(now, now.call.fd()))
    add_net(now, sockets_.get(file->socket).own, NetOp::kShutdown);
}

// A descriptor in flight belongs to the socket it will be read from.
void Reconstructor::pass_rights(const Now& now, OpenFile& from) {
  const Part* control = now.call.part(PartKind::kControl);
  if (!control) return;
  const uint64_t receiver =
      sockets_.row(sockets_.get(from.socket).own).peer_inode;
  if (receiver == 0) return;
  auto& queue = passed_[receiver];
  for_each_right(control->data, [&](int fd) {
    if (queue.size() >= kMaxPassed) queue.pop_front();
    FdTable::Entry* entry = now.task.fds->find(fd);
    queue.push_back(entry ? entry->file : open_files_.create());
  });
}

void Reconstructor::take_rights(const Now& now, OpenFile& at) {
  const Part* control = now.call.part(PartKind::kControl);
  if (!control) return;
  const uint64_t inode = sockets_.row(sockets_.get(at.socket).own).inode;
  const auto queue = passed_.find(inode);
  const uint64_t flags = now.call.value(ArgKind::kMsgFlags).value_or(0);
  for_each_right(control->data, [&](int fd) {
    OpenFileRef file;
    if (queue != passed_.end() && !queue->second.empty()) {
      file = queue->second.front();
      // Who looks gets descriptors of his own; so does the next.
      if (!is_look(now.call)) queue->second.pop_front();
    }
    if (!file) file = open_files_.create();
    if (file->socket != 0) own(now, now.process.row.id, *file, OwnHow::kPassed);
    install(now, fd, std::move(file), flags & MSG_CMSG_CLOEXEC);
  });
  if (queue != passed_.end() && queue->second.empty()) passed_.erase(queue);
}

}  // namespace vestige
