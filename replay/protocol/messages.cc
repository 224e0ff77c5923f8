// SPDX-License-Identifier: Apache-2.0
#include "replay/protocol/messages.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include "format/sockaddr.h"
#include "replay/protocol/dns.h"
#include "replay/protocol/http.h"
#include "replay/protocol/tls.h"

namespace vestige {
namespace {

constexpr uint16_t kDnsPort = 53;
constexpr size_t kTcpPrefix = 2;  // length in front of DNS over TCP
constexpr char kTlsHandshake = 22;
// Names learnt are hostile: beyond this many, new ones are not kept.
constexpr size_t kMaxNames = 1 << 20;

std::string answers_text(const DnsMessage& message) {
  if (message.code == 3) return " = no such name";
  if (message.code != 0) return fmt::format(" = error {}", message.code);
  std::string out;
  for (const DnsAnswer& answer : message.answers) {
    if (answer.family == 0 && answer.target.empty()) continue;
    out.append(out.empty() ? " = " : ", ");
    out.append(answer.family ? ip_text(answer.family, answer.address.data())
                             : answer.target);
  }
  return out;
}

}  // namespace

void Messages::read(const ConnectionRow& connection, const Spoken& spoken) {
  const bool is_inet =
      connection.family == AF_INET || connection.family == AF_INET6;
  if (spoken.bytes.empty()) return;
  if (is_inet &&
      (connection.remote.port == kDnsPort || connection.local.port == kDnsPort))
    return read_dns(connection, spoken);
  if (connection.type != SOCK_STREAM) return;
  const char first = spoken.bytes.front();
  if (first == kTlsHandshake) return read_tls(connection, spoken);
  if (first >= 'A' && first <= 'Z') read_http(connection, spoken);
}

void Messages::add(const ConnectionRow& connection, const Spoken& spoken,
                   MessageKind kind, std::string_view text,
                   std::string_view name) {
  MessageRow& row = rows_.emplace_back();
  row.process = spoken.process;
  row.connection = connection.id;
  row.kind = kind;
  row.is_sent = spoken.is_sent;
  row.text = texts_.intern(text);
  row.name = texts_.intern(name);
  row.time_ns = spoken.time_ns;
  row.at = spoken.at;
}

void Messages::read_dns(const ConnectionRow& connection, const Spoken& spoken) {
  std::string_view bytes = spoken.bytes;
  if (connection.type == SOCK_STREAM)
    bytes.remove_prefix(std::min(kTcpPrefix, bytes.size()));
  const auto message = parse_dns(bytes);
  if (!message) return;
  const DnsQuestion& question = message->questions[0];
  std::string text =
      fmt::format("{} {}", dns_type_text(question.type), question.name);
  if (message->is_response) text.append(answers_text(*message));
  add(connection, spoken,
      message->is_response ? MessageKind::kDnsAnswer : MessageKind::kDnsQuery,
      text, question.name);
  if (!message->is_response) return;
  const std::string_view name = texts_.intern(question.name);
  for (const DnsAnswer& answer : message->answers) {
    if (answer.family == 0 || lookups_ >= kMaxNames) continue;
    auto& lookups = names_[{answer.family, answer.address}];
    if (!lookups.empty() && lookups.back().name == name) continue;
    lookups.push_back({spoken.time_ns, name});
    ++lookups_;
  }
}

void Messages::read_http(const ConnectionRow& connection,
                         const Spoken& spoken) {
  const auto message = parse_http(spoken.bytes);
  if (!message) return;
  add(connection, spoken,
      message->is_request ? MessageKind::kHttpRequest
                          : MessageKind::kHttpResponse,
      message->line, message->host);
}

void Messages::read_tls(const ConnectionRow& connection, const Spoken& spoken) {
  const auto hello = parse_client_hello(spoken.bytes);
  if (hello)
    add(connection, spoken, MessageKind::kTlsHello, hello->server_name,
        hello->server_name);
}

std::string_view Messages::name_of(const Endpoint& endpoint,
                                   uint64_t time_ns) const {
  const auto found = names_.find({endpoint.family, endpoint.address});
  if (found == names_.end()) return {};
  for (auto last = found->second.rbegin(); last != found->second.rend(); ++last)
    if (last->time_ns <= time_ns) return last->name;
  return {};
}

}  // namespace vestige
