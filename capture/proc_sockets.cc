// SPDX-License-Identifier: Apache-2.0
#include "capture/proc_sockets.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <cstring>
#include <string>

#include "capture/proc_file.h"

namespace vestige {
namespace {

struct NetFile {
  const char* name;
  uint16_t family;
  uint16_t type;
  uint16_t protocol;
};
constexpr NetFile kNetFiles[] = {
    {"tcp", AF_INET, SOCK_STREAM, IPPROTO_TCP},
    {"tcp6", AF_INET6, SOCK_STREAM, IPPROTO_TCP},
    {"udp", AF_INET, SOCK_DGRAM, IPPROTO_UDP},
    {"udp6", AF_INET6, SOCK_DGRAM, IPPROTO_UDP},
    {"raw", AF_INET, SOCK_RAW, 0},
    {"raw6", AF_INET6, SOCK_RAW, 0},
};

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> out;
  for (std::string_view word : split(line, ' '))
    if (!word.empty()) out.push_back(word);
  return out;
}

// "0100007F:1F90": address in words of four bytes, host order, and port.
void parse_endpoint(std::string_view text, uint8_t* address, uint16_t& port) {
  const size_t colon = text.find(':');
  if (colon == text.npos || colon > 32) return;
  for (size_t i = 0; i + 8 <= colon; i += 8) {
    const auto word = uint32_t(parse_number(text.substr(i, 8), 16).value_or(0));
    std::memcpy(address + i / 2, &word, sizeof word);
  }
  port = uint16_t(parse_number(text.substr(colon + 1), 16).value_or(0));
}

// sl local remote st queues timer retransmits uid timeout inode
void parse_inet_line(std::string_view line, const NetFile& file,
                     std::unordered_map<uint64_t, SocketPart>& table) {
  const auto fields = words(line);
  if (fields.size() < 10) return;
  SocketPart part = {};
  part.family = file.family;
  part.type = file.type;
  part.protocol = file.protocol;
  part.state = uint16_t(parse_number(fields[3], 16).value_or(0));
  parse_endpoint(fields[1], part.local_address, part.local_port);
  parse_endpoint(fields[2], part.peer_address, part.peer_port);
  part.inode = parse_number(fields[9]).value_or(0);
  if (part.inode != 0) table[part.inode] = part;
}

// Num RefCount Protocol Flags Type St Inode Path
void parse_unix_line(std::string_view line,
                     std::unordered_map<uint64_t, SocketPart>& table) {
  const auto fields = words(line);
  if (fields.size() < 7) return;
  SocketPart part = {};
  part.family = AF_UNIX;
  part.type = uint16_t(parse_number(fields[4], 16).value_or(0));
  part.state = uint16_t(parse_number(fields[5], 16).value_or(0));
  part.inode = parse_number(fields[6]).value_or(0);
  if (part.inode != 0) table[part.inode] = part;
}

}  // namespace

const SocketPart* SocketTables::find(pid_t pid, uint32_t net_namespace,
                                     uint64_t inode) {
  const auto [at, is_new] = tables_.try_emplace(net_namespace);
  Table& table = at->second;
  if (is_new) {
    const std::string folder = fmt::format("/proc/{}/net/", pid);
    for (const NetFile& file : kNetFiles) {
      const std::string text = read_text(folder + file.name);
      for (std::string_view line : split(text, '\n'))
        parse_inet_line(line, file, table);
    }
    const std::string text = read_text(folder + "unix");
    for (std::string_view line : split(text, '\n'))
      parse_unix_line(line, table);
    for (auto& [number, part] : table) part.net_namespace = net_namespace;
  }
  const auto found = table.find(inode);
  return found == table.end() ? nullptr : &found->second;
}

}  // namespace vestige
