// SPDX-License-Identifier: Apache-2.0
//
// Fields of the descriptor an event is about.
// {name, type, flags, width, title, doc, getter}: one line per field; without
// a getter a trace cannot answer it, and it never matches.
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <charconv>

#include "replay/facts/event_args.h"
#include "replay/facts/getter.h"

namespace vestige {
namespace {

char type_of(const EventView& v) {
  return v.file ? type_char(v, *v.file) : 0;
}

bool has_path(const EventView& v) {
  return v.file && v.file->kind == OpenFileKind::kFile && !v.file->path.empty();
}
bool is_known(const EventView& v) {
  return v.file && v.file->kind != OpenFileKind::kUnknown;
}
// A socket that nobody has bound or connected has an empty name.
bool has_name(const EventView& v) {
  return v.file && (v.file->kind == OpenFileKind::kSocket ||
                    !fd_name(*v.file, v.connection).empty());
}
bool has_identity(const EventView& v) {
  return v.file && v.file->identity.inode != 0;
}
bool is_inet(const EventView& v) {
  return v.connection &&
         (v.connection->family == AF_INET || v.connection->family == AF_INET6);
}

std::string raw_name(const EventView& v) {
  const bool is_open =
      v.event->descriptor && v.event->descriptor->effect == Effect::kOpen;
  if (is_open)
    if (const auto passed = passed_path(v, 0)) return std::string(*passed);
  return v.file->requested.empty() ? fd_name(*v.file, v.connection)
                                   : std::string(v.file->requested);
}

std::string directory_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == path.npos) return std::string(path);
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}
std::string filename_of(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

const Endpoint* local(const EventView& v) {
  return is_inet(v) ? &v.connection->local : nullptr;
}
const Endpoint* remote(const EventView& v) {
  return is_inet(v) ? &v.connection->remote : nullptr;
}
// Who listens, is connected to, or has only bound an address yet.
bool is_served(const EventView& v) {
  const ConnectionRow& row = *v.connection;
  return row.direction == Direction::kIncoming ||
         row.direction == Direction::kListening || (row.local && !row.remote);
}
const Endpoint* client(const EventView& v) {
  if (!is_inet(v)) return nullptr;
  return is_served(v) ? remote(v) : local(v);
}
const Endpoint* server(const EventView& v) {
  if (!is_inet(v)) return nullptr;
  return is_served(v) ? local(v) : remote(v);
}

void add_ip(FieldValues& out, const Endpoint* end) {
  if (end && *end) out.add_address(end->family, end->address);
}
void add_host(FieldValues& out, const EventView& v, const Endpoint* end) {
  if (!end || !*end || !v.state) return;
  const std::string_view name = v.state->name_of(*end, v.event->time_ns);
  if (!name.empty()) out.add_text(name);
}
void add_port(FieldValues& out, const Endpoint* end) {
  if (end && *end) out.add_number(end->port);
}
std::optional<std::string> port_text(const Endpoint* end) {
  if (!end || !*end) return std::nullopt;
  return std::to_string(end->port);
}

std::string_view l4proto(const EventView& v) {
  switch (v.connection->protocol) {
    case IPPROTO_TCP: return "tcp";
    case IPPROTO_UDP: return "udp";
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6: return "icmp";
    default: break;
  }
  if (v.connection->type == SOCK_RAW) return "raw";
  return v.connection->type == SOCK_DGRAM ? "udp" : "tcp";
}

// The argument names descriptors: "0,1,2".
bool is_named(std::string_view list, int fd) {
  if (list.empty()) return true;
  while (!list.empty()) {
    const std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), item.size() + 1));
    int number = -1;
    std::from_chars(item.data(), item.data() + item.size(), number);
    if (number == fd) return true;
  }
  return false;
}

void add_types(const EventView& v, const FieldArgument& arg, FieldValues& out) {
  if (!v.process || !v.process->fds) return;
  v.process->fds->for_each([&](int fd, FdTable::Entry& entry) {
    const std::string_view name = type_name(type_char(v, *entry.file));
    if (!name.empty() && is_named(arg.text, fd)) out.add_text(name);
  });
}

std::string_view layer_text(Layer layer) {
  switch (layer) {
    case Layer::kUnknown: return "unknown";
    case Layer::kNone: return "none";
    case Layer::kUpper: return "upper";
    case Layer::kLower: return "lower";
  }
  return "unknown";
}

constexpr FieldInfo kFields[] = {
    {"fd.num", FieldType::kSigned, kPlain, 4, "FD",
     "number of the descriptor the event is about",
     GET_IF(v.fd_arg != 0xff, out.add_number(v.fd))},
    {"fd.type", FieldType::kText, kPlain, 9, "Type",
     "file, directory, ipv4, ipv6, unix, pipe, event, eventpoll, ...",
     GET_IF(type_of(v), out.add_text(type_name(type_of(v))))},
    {"fd.typechar", FieldType::kText, kPlain, 1, "T",
     "f file, d directory, 4 and 6 sockets, u unix, p pipe, ...",
     GET_IF(type_of(v), out.add_kept(std::string(1, type_of(v))))},
    {"fd.name", FieldType::kText, kPlain, 40, "Name",
     "path of the file, or client->server of a connection",
     GET_IF(has_name(v), out.add_kept(fd_name(*v.file, v.connection)))},
    {"fd.directory", FieldType::kText, kPlain, 30, "Directory",
     "directory the file is in",
     GET_IF(has_path(v), out.add_kept(directory_of(v.file->path)))},
    {"fd.filename", FieldType::kText, kPlain, 20, "File",
     "name of the file without its directory",
     GET_IF(has_path(v), out.add_kept(filename_of(v.file->path)))},
    {"fd.ip", FieldType::kAddress, uint8_t(kBoth | kFilterOnly), 15, "IP",
     "address of either end",
     GET(add_ip(out, client(v)); add_ip(out, server(v)))},
    {"fd.cip", FieldType::kAddress, kPlain, 15, "Client",
     "address of the client", GET(add_ip(out, client(v)))},
    {"fd.sip", FieldType::kAddress, kPlain, 15, "Server",
     "address of the server", GET(add_ip(out, server(v)))},
    {"fd.lip", FieldType::kAddress, kPlain, 15, "Local", "local address",
     GET(add_ip(out, local(v)))},
    {"fd.rip", FieldType::kAddress, kPlain, 15, "Remote", "remote address",
     GET(add_ip(out, remote(v)))},
    {"fd.port", FieldType::kPort, uint8_t(kBoth | kFilterOnly), 5, "Port",
     "port of either end",
     GET(add_port(out, client(v)); add_port(out, server(v)))},
    {"fd.cport", FieldType::kPort, kPlain, 5, "CPort", "port of the client",
     GET(add_port(out, client(v)))},
    {"fd.sport", FieldType::kPort, kPlain, 5, "SPort", "port of the server",
     GET(add_port(out, server(v)))},
    {"fd.lport", FieldType::kPort, kPlain, 5, "LPort", "local port",
     GET(add_port(out, local(v)))},
    {"fd.rport", FieldType::kPort, kPlain, 5, "RPort", "remote port",
     GET(add_port(out, remote(v)))},
    {"fd.l4proto", FieldType::kText, kPlain, 4, "Proto",
     "tcp, udp, icmp or raw; <NA> for what is no IP socket",
     GET_IF(is_known(v), out.add_text(is_inet(v) ? l4proto(v) : "<NA>"))},
    {"fd.sockfamily", FieldType::kText, kPlain, 4, "Family", "ip or unix",
     GET_IF(v.connection,
            out.add_text(v.connection->family == AF_UNIX ? "unix" : "ip"))},
    {"fd.is_server", FieldType::kBool, kPlain, 5, "Server",
     "the process is the server of this connection",
     GET_IF(is_known(v), out.add_bool(is_inet(v) && is_served(v)))},
    {"fd.uid", FieldType::kText, kPlain, 10, "UID",
     "thread id and descriptor number, joined",
     GET_IF(v.fd_arg != 0xff,
            out.add_kept(std::to_string(v.event->tid) + std::to_string(v.fd)))},
    {"fd.containername", FieldType::kText, kPlain, 40, "Name",
     "container id and fd.name",
     GET_IF(has_name(v), out.add_kept(v.header->container.id.substr(0, 12) +
                                      ":" + fd_name(*v.file, v.connection)))},
    {"fd.containerdirectory", FieldType::kText, kPlain, 40, "Directory",
     "container id and fd.directory",
     GET_IF(has_path(v), out.add_kept(v.header->container.id.substr(0, 12) +
                                      ":" + directory_of(v.file->path)))},
    {"fd.proto", FieldType::kPort, uint8_t(kBoth | kFilterOnly), 5, "Proto",
     "port of either end",
     GET(add_port(out, client(v)); add_port(out, server(v)))},
    {"fd.cproto", FieldType::kText, kPlain, 5, "Proto",
     "port of the client end as text",
     GET_IF(port_text(client(v)), out.add_kept(*port_text(client(v))))},
    {"fd.sproto", FieldType::kText, kPlain, 5, "Proto",
     "port of the server end as text",
     GET_IF(port_text(server(v)), out.add_kept(*port_text(server(v))))},
    {"fd.lproto", FieldType::kText, kPlain, 5, "Proto",
     "port of the local end as text",
     GET_IF(port_text(local(v)), out.add_kept(*port_text(local(v))))},
    {"fd.rproto", FieldType::kText, kPlain, 5, "Proto",
     "port of the remote end as text",
     GET_IF(port_text(remote(v)), out.add_kept(*port_text(remote(v))))},
    {"fd.net", FieldType::kNetwork, uint8_t(kBoth | kFilterOnly), 18, "Net",
     "address of either end, compared with networks: fd.net = 10.0.0.0/8",
     GET(add_ip(out, client(v)); add_ip(out, server(v)))},
    {"fd.cnet", FieldType::kNetwork, kFilterOnly, 18, "Net",
     "address of the client, compared with networks: fd.cnet = 10.0.0.0/8",
     GET(add_ip(out, client(v)))},
    {"fd.snet", FieldType::kNetwork, kFilterOnly, 18, "Net",
     "address of the server, compared with networks: fd.snet = 10.0.0.0/8",
     GET(add_ip(out, server(v)))},
    {"fd.lnet", FieldType::kNetwork, kFilterOnly, 18, "Net",
     "address of the local end, compared with networks: fd.lnet = 10.0.0.0/8",
     GET(add_ip(out, local(v)))},
    {"fd.rnet", FieldType::kNetwork, kFilterOnly, 18, "Net",
     "address of the remote end, compared with networks: fd.rnet = 10.0.0.0/8",
     GET(add_ip(out, remote(v)))},
    {"fd.connected", FieldType::kBool, kPlain, 5, "Conn",
     "the socket has a peer",
     GET_IF(v.file, out.add_bool(v.connection&& v.connection->is_established))},
    {"fd.name_changed", FieldType::kBool, kPlain, 5, "Changed",
     "the event gave the socket other endpoints, or another peer",
     GET_IF(v.connection, out.add_bool(v.is_name_changed))},
    {"fd.cip.name", FieldType::kText, kPlain, 30, "Client",
     "name of the client, when a DNS answer in the trace gave its address",
     GET(add_host(out, v, client(v)))},
    {"fd.sip.name", FieldType::kText, kPlain, 30, "Server",
     "name of the server, when a DNS answer in the trace gave its address",
     GET(add_host(out, v, server(v)))},
    {"fd.lip.name", FieldType::kText, kPlain, 30, "Local",
     "name of the local end, when a DNS answer in the trace gave its address",
     GET(add_host(out, v, local(v)))},
    {"fd.rip.name", FieldType::kText, kPlain, 30, "Remote",
     "name of the remote end, when a DNS answer in the trace gave its address",
     GET(add_host(out, v, remote(v)))},
    {"fd.dev", FieldType::kSigned, kPlain, 8, "Device", "device the file is on",
     GET_IF(has_identity(v),
            out.add_number(int64_t(v.file->identity.dev_major) << 20 |
                           v.file->identity.dev_minor))},
    {"fd.dev.major", FieldType::kSigned, kPlain, 4, "Major",
     "major number of the device",
     GET_IF(has_identity(v), out.add_number(v.file->identity.dev_major))},
    {"fd.dev.minor", FieldType::kSigned, kPlain, 4, "Minor",
     "minor number of the device",
     GET_IF(has_identity(v), out.add_number(v.file->identity.dev_minor))},
    {"fd.ino", FieldType::kSigned, kPlain, 10, "Inode", "inode of the file",
     GET_IF(has_identity(v), out.add_number(int64_t(v.file->identity.inode)))},
    {"fd.nameraw", FieldType::kText, kPlain, 40, "Name",
     "like fd.name, but the path as it was asked for",
     GET_IF(has_name(v), out.add_kept(raw_name(v)))},
    {"fd.types", FieldType::kText, uint8_t(kArgAllowed | kList), 20, "Types",
     "types of all descriptors of the process; [0,1,2] for some",
     GET(add_types(v, arg, out))},
    {"fd.is_upper_layer", FieldType::kBool, kPlain, 5, "Upper",
     "made or changed in this container (overlay upper layer)",
     GET_IF(v.file&& v.file->layer != Layer::kUnknown,
            out.add_bool(v.file->layer == Layer::kUpper))},
    {"fd.is_lower_layer", FieldType::kBool, kPlain, 5, "Lower",
     "as in the image (overlay lower layer)",
     GET_IF(v.file&& v.file->layer != Layer::kUnknown,
            out.add_bool(v.file->layer == Layer::kLower))},
    {"fdlist.nums", FieldType::kText, kPlain, 10, "nums",
     "never answered: not recorded", nullptr},
    {"fdlist.names", FieldType::kText, kPlain, 10, "names",
     "never answered: not recorded", nullptr},
    {"fdlist.cips", FieldType::kText, kPlain, 10, "cips",
     "never answered: not recorded", nullptr},
    {"fdlist.sips", FieldType::kText, kPlain, 10, "sips",
     "never answered: not recorded", nullptr},
    {"fdlist.cports", FieldType::kText, kPlain, 10, "cports",
     "never answered: not recorded", nullptr},
    {"fdlist.sports", FieldType::kText, kPlain, 10, "sports",
     "never answered: not recorded", nullptr},
    {"fd.certainty", FieldType::kText, kPlain, 8, "Certainty",
     "how the path is known: observed, inferred, unknown",
     GET_IF(v.file, out.add_text(certainty_text(v.file->certainty)))},
    {"fd.layer", FieldType::kText, kPlain, 7, "Layer",
     "overlay layer of the file: upper, lower, none, unknown",
     GET_IF(v.file, out.add_text(layer_text(v.file->layer)))},
    {"fd.deleted", FieldType::kBool, kPlain, 5, "Deleted",
     "the name of the file is gone",
     GET_IF(v.file, out.add_bool(v.file->is_deleted))},
};

}  // namespace

std::span<const FieldInfo> descriptor_fields() {
  return kFields;
}

}  // namespace vestige
