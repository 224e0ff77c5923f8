// SPDX-License-Identifier: Apache-2.0
//
// Sockets and the conversations held over them. A socket has one conversation
// of its own; an unconnected one that talks to several peers has one more for
// each.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "format/parts.h"
#include "replay/facts/net_row.h"

namespace vestige {

struct Socket {
  ConnectionId own = ConnectionId::kNone;
  bool is_bound = false;
  bool is_listening = false;
  bool is_connected = false;         // has a default peer
  std::vector<ConnectionId> others;  // with peers of an unconnected socket
  ConnectionId latest = ConnectionId::kNone;  // in which bytes moved last
};

class Sockets {
 public:
  struct Opened {
    ProcessId process;
    uint64_t time_ns;
    Position at;
  };

  // Numbers are index + 1 and reused after close(); 0 is none.
  uint32_t open(uint16_t family, uint16_t type, uint16_t protocol,
                const Opened& opened);
  void close(uint32_t number, uint64_t time_ns);
  // Valid until the next open().
  Socket& get(uint32_t number) { return sockets_[number - 1]; }
  ConnectionRow& row(ConnectionId id) { return rows_[size_t(id) - 1]; }

  // A connection that came in through a listening socket.
  uint32_t accept(uint32_t listening, const Opened& opened);
  void connect(uint32_t number, const Endpoint& peer, int error);
  void bind(uint32_t number, const Endpoint& local);
  void listen(uint32_t number);
  // The conversation with a peer named in a message, or the socket's own
  // when none is named.
  ConnectionId conversation(uint32_t number, const Endpoint& peer,
                            const Opened& opened);
  // What the kernel knew of the socket at that moment.
  void observe(uint32_t number, const SocketPart& part);

  [[nodiscard]] const std::vector<ConnectionRow>& rows() const { return rows_; }
  [[nodiscard]] size_t size() const { return sockets_.size(); }
  std::vector<ConnectionRow> take_rows() { return std::move(rows_); }

 private:
  ConnectionRow& add_row(const Opened& opened);
  uint32_t add_socket();

  std::vector<Socket> sockets_;
  std::vector<uint32_t> spare_;
  std::vector<ConnectionRow> rows_;  // index is id - 1
};

}  // namespace vestige
