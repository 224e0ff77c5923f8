// SPDX-License-Identifier: Apache-2.0
//
// Conversations, and what each process did in them. Views live as long as
// the Case.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "replay/facts/occurrence.h"
#include "replay/ids.h"

namespace vestige {

// One end of a conversation.
struct Endpoint {
  uint16_t family = 0;  // AF_*; 0: unknown or none
  uint16_t port = 0;    // host order; netlink: port id, packet: protocol
  std::array<uint8_t, 16> address = {};  // IPv4: the first four bytes
  std::string_view name;  // AF_UNIX: path, or '@' and the abstract name

  explicit operator bool() const { return family != 0; }
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};
// "127.0.0.1:53", "[::1]:53", "/run/x", "@abstract"; hostile bytes as they
// are. Empty for no endpoint.
std::string endpoint_text(const Endpoint& endpoint);
std::string_view family_text(uint16_t family);  // "inet", "inet6", "unix"...
// "tcp", "udp", "icmp", "stream", "dgram"...
std::string_view protocol_text(uint16_t family, uint16_t type,
                               uint16_t protocol);

enum class NetOp : uint8_t {
  kSocket,
  kConnect,
  kBind,
  kListen,
  kAccept,
  kSend,
  kReceive,
  kShutdown,
  kReady,  // poll or epoll reported it
};
std::string_view net_op_text(NetOp op);

struct NetRow {
  ProcessId process = ProcessId::kNone;
  ConnectionId connection = ConnectionId::kNone;
  NetOp op = NetOp{};
  int32_t error = 0;  // errno, EINPROGRESS included; 0: it worked
  uint64_t bytes = 0;
  Occurrence seen;
};

enum class MessageKind : uint8_t {
  kDnsQuery,
  kDnsAnswer,
  kHttpRequest,
  kHttpResponse,
  kTlsHello,
};
std::string_view message_kind_text(MessageKind kind);

// Something said in the clear, as far as it was captured.
struct MessageRow {
  ProcessId process = ProcessId::kNone;
  ConnectionId connection = ConnectionId::kNone;
  MessageKind kind = MessageKind::kDnsQuery;
  bool is_sent = false;   // by the process; else received
  std::string_view text;  // "A example.org = 192.0.2.1", "GET / HTTP/1.1"
  std::string_view name;  // DNS name, HTTP host, TLS server name
  uint64_t time_ns = 0;
  Position at;
};

enum class Direction : uint8_t { kUnknown, kOutgoing, kIncoming, kListening };
std::string_view direction_text(Direction direction);

struct ConnectionRow {
  ConnectionId id = ConnectionId::kNone;
  ProcessId process = ProcessId::kNone;  // who opened it, as first known
  Direction direction = Direction::kUnknown;
  Certainty certainty = Certainty::kUnknown;  // of the endpoints
  uint16_t family = 0;
  uint16_t type = 0;      // SOCK_*
  uint16_t protocol = 0;  // IPPROTO_*
  int32_t error = 0;      // of the last connect; EINPROGRESS: result not seen
  bool is_established = false;
  bool is_from_snapshot = false;  // its beginning was not seen
  bool was_in_progress = false;   // connect() did not wait for the result
  // Its other end, when that is in this trace too, inferred.
  ConnectionId peer = ConnectionId::kNone;
  Endpoint local;
  Endpoint remote;
  std::string_view remote_name;  // whose DNS lookup gave the address, inferred
  uint64_t inode = 0;            // socket:[inode]; 0 unknown
  uint64_t peer_inode = 0;       // AF_UNIX
  uint32_t net_namespace = 0;
  uint64_t start_ns = 0;
  uint64_t end_ns = 0;  // last descriptor closed; 0: open or not seen
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
  uint64_t sends = 0;  // calls
  uint64_t receives = 0;
  // What went at once: packets, if the socket keeps them apart; see
  // has_packets(). Of a stream they tell no more than the calls.
  uint64_t messages_sent = 0;
  uint64_t messages_received = 0;
  Position at;
};

// Each message is a packet of its own, unless the kernel was asked to cut it.
// How a stream was cut into packets, calls do not tell.
bool has_packets(const ConnectionRow& row);

// How a process came to have a socket.
enum class OwnHow : uint8_t {
  kOpened,     // made or accepted it
  kInherited,  // by fork
  kShared,     // whose table of descriptors it uses got it
  kPassed,     // through a Unix socket or by pidfd_getfd
  kFound,      // had it when the capture began
};
std::string_view own_how_text(OwnHow how);

struct OwnerRow {
  ConnectionId connection = ConnectionId::kNone;
  ProcessId process = ProcessId::kNone;
  ProcessId from = ProcessId::kNone;  // who gave it, if known
  OwnHow how = OwnHow::kOpened;
  uint64_t time_ns = 0;
  Position at;
  // When its last descriptor of it went; 0: it had one at the end, or nobody
  // told.
  uint64_t end_ns = 0;
  Position end_at;
};

// A link-local address at which clouds give out credentials and more.
bool is_metadata_service(const Endpoint& endpoint);

}  // namespace vestige
