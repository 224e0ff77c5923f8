// SPDX-License-Identifier: Apache-2.0
#include "replay/state/sockets.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace vestige {
namespace {

Endpoint endpoint_of(const SocketPart& part, uint16_t port,
                     const uint8_t (&address)[16]) {
  if (part.family != AF_INET && part.family != AF_INET6) return {};
  Endpoint out{.family = part.family, .port = port};
  const size_t size = part.family == AF_INET ? 4 : 16;
  std::copy_n(address, size, out.address.begin());
  return out;
}

bool is_any(const Endpoint& end) {
  return end.port == 0 &&
         std::ranges::all_of(end.address, [](uint8_t b) { return b == 0; });
}

}  // namespace

ConnectionRow& Sockets::add_row(const Opened& opened) {
  ConnectionRow& row = rows_.emplace_back();
  row.id = ConnectionId(rows_.size());
  row.process = opened.process;
  row.start_ns = opened.time_ns;
  row.at = opened.at;
  return row;
}

uint32_t Sockets::add_socket() {
  if (spare_.empty()) {
    sockets_.emplace_back();
    return uint32_t(sockets_.size());
  }
  const uint32_t number = spare_.back();
  spare_.pop_back();
  return number;
}

uint32_t Sockets::open(uint16_t family, uint16_t type, uint16_t protocol,
                       const Opened& opened) {
  ConnectionRow& row = add_row(opened);
  row.family = family;
  row.type = type;
  row.protocol = protocol;
  const uint32_t number = add_socket();
  get(number) = {.own = row.id};
  return number;
}

void Sockets::close(uint32_t number, uint64_t time_ns) {
  const Socket& socket = get(number);
  row(socket.own).end_ns = time_ns;
  for (const ConnectionId id : socket.others) row(id).end_ns = time_ns;
  get(number) = {};
  spare_.push_back(number);
}

uint32_t Sockets::accept(uint32_t listening, const Opened& opened) {
  ConnectionRow parent = row(get(listening).own);
  const uint32_t number =
      open(parent.family, parent.type, parent.protocol, opened);
  ConnectionRow& made = row(get(number).own);
  made.local = parent.local;
  made.certainty = Certainty::kInferred;
  made.direction = Direction::kIncoming;
  made.is_established = true;
  get(number).is_connected = true;
  return number;
}

void Sockets::connect(uint32_t number, const Endpoint& peer, int error) {
  Socket& socket = get(number);
  ConnectionRow& made = row(socket.own);
  made.direction = Direction::kOutgoing;
  made.error = error;
  if (error == EINPROGRESS) made.was_in_progress = true;
  if (peer) {
    made.remote = peer;
    made.certainty = Certainty::kObserved;
  }
  const bool is_up = error == 0 || error == EISCONN;
  if (is_up) made.is_established = true;
  // Datagram sockets may be dissolved and connected anew.
  socket.is_connected = is_up || error == EINPROGRESS;
}

void Sockets::bind(uint32_t number, const Endpoint& local) {
  get(number).is_bound = true;
  ConnectionRow& own = row(get(number).own);
  own.local = local;
  own.certainty = Certainty::kObserved;
}

void Sockets::listen(uint32_t number) {
  get(number).is_listening = true;
  row(get(number).own).direction = Direction::kListening;
}

ConnectionId Sockets::conversation(uint32_t number, const Endpoint& peer,
                                   const Opened& opened) {
  Socket& socket = get(number);
  if (!peer || socket.is_connected) return socket.own;
  ConnectionRow& own = row(socket.own);
  if (own.remote == peer) return own.id;
  if (!own.remote && !socket.is_bound) {
    own.remote = peer;
    own.certainty = Certainty::kObserved;
    return own.id;
  }
  for (const ConnectionId id : socket.others)
    if (row(id).remote == peer) return id;
  const ConnectionRow from = own;
  ConnectionRow& made = add_row(opened);
  made.family = from.family;
  made.type = from.type;
  made.protocol = from.protocol;
  made.local = from.local;
  made.inode = from.inode;
  made.net_namespace = from.net_namespace;
  made.certainty = Certainty::kObserved;
  made.remote = peer;
  socket.others.push_back(made.id);
  return made.id;
}

void Sockets::observe(uint32_t number, const SocketPart& part) {
  Socket& socket = get(number);
  ConnectionRow& own = row(socket.own);
  own.family = part.family;
  // An imported part may tell the endpoints only: zeros there tell nothing.
  if (part.type != 0) own.type = part.type;
  if (part.protocol != 0) own.protocol = part.protocol;
  if (part.inode != 0) own.inode = part.inode;
  if (part.net_namespace != 0) own.net_namespace = part.net_namespace;
  if (part.peer_inode != 0) own.peer_inode = part.peer_inode;
  const Endpoint local = endpoint_of(part, part.local_port, part.local_address);
  // A connection that is over has given its port back: it still had one.
  const bool is_port_gone = local.port == 0 && own.local.port != 0;
  if (local && !is_any(local) && !is_port_gone) {
    own.local = local;
    own.certainty = Certainty::kObserved;
  }
  const Endpoint peer = endpoint_of(part, part.peer_port, part.peer_address);
  if (peer && !is_any(peer)) {
    own.remote = peer;
    own.certainty = Certainty::kObserved;
    socket.is_connected = true;
  }
  if (part.type != SOCK_STREAM || part.family == AF_UNIX) return;
  if (part.state == TCP_ESTABLISHED) {
    own.is_established = true;
    if (own.error == EINPROGRESS) own.error = 0;
  }
  if (part.state == TCP_LISTEN) listen(number);
}

}  // namespace vestige
