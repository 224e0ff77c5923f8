// SPDX-License-Identifier: Apache-2.0
#include "format/trace_index.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstddef>

#include "format/parts.h"

namespace vestige {
namespace {

constexpr uint64_t kTextSeed = 1;
constexpr uint64_t kAddressSeed = 2;
constexpr size_t kBitsPerKey = 12;
constexpr int kProbes = 6;

uint64_t hash_text(std::string_view text, uint64_t seed) {
  return hash_bytes(bytes_of(text), seed);
}

uint64_t probe(uint64_t key, int i, uint64_t bits) {
  return (key + uint64_t(i) * (key >> 32 | 1)) % bits;
}

void add_text(std::string_view text, std::vector<uint64_t>& out) {
  if (text.find('\0') == text.npos) {
    out.push_back(text_key(text));
    return;
  }
  while (!text.empty()) {
    const size_t end = std::min(text.find('\0'), text.size());
    out.push_back(text_key(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// Offsets as in sockaddr_in, sockaddr_in6, sockaddr_un.
void add_sockaddr(std::string_view data, std::vector<uint64_t>& out) {
  uint16_t family = 0;
  if (data.size() < sizeof family) return;
  std::memcpy(&family, data.data(), sizeof family);
  if (family == AF_INET && data.size() >= 8)
    out.push_back(address_key(data.substr(4, 4)));
  if (family == AF_INET6 && data.size() >= 24)
    out.push_back(address_key(data.substr(8, 16)));
  if (family == AF_UNIX) {
    std::string_view path = data.substr(2);
    if (!path.empty() && path[0] != '\0')
      path = path.substr(0, path.find('\0'));
    out.push_back(text_key(path));
  }
}

void add_socket(std::string_view data, std::vector<uint64_t>& out) {
  const auto socket = read_part<SocketPart>({.data = data});
  const size_t size = socket.family == AF_INET    ? 4
                      : socket.family == AF_INET6 ? 16
                                                  : 0;
  if (size == 0) return;
  for (const uint8_t* address : {socket.local_address, socket.peer_address})
    out.push_back(address_key({reinterpret_cast<const char*>(address), size}));
}

template <typename T>
bool any_common(const std::vector<T>& wanted, const std::vector<T>& sorted) {
  return wanted.empty() || std::ranges::any_of(wanted, [&sorted](const T& one) {
           return std::ranges::binary_search(sorted, one);
         });
}

}  // namespace

KeyClass key_class(PartKind kind) {
  switch (kind) {
    case PartKind::kString:
    case PartKind::kStringAfter:
    case PartKind::kStringArray:
    case PartKind::kPath:
    case PartKind::kComm:
    case PartKind::kArgv:
    case PartKind::kEnv:
    case PartKind::kCwd: return kTextKeys;
    case PartKind::kSockaddr: return kSockaddrKeys;
    case PartKind::kSocket: return kSocketKeys;
    default: return kNoKeys;  // structs, payload, what newer agents send
  }
}

void add_keys(KeyClass keys, std::string_view data,
              std::vector<uint64_t>& out) {
  switch (keys) {
    case kNoKeys: return;
    case kTextKeys: add_text(data, out); return;
    case kSockaddrKeys: add_sockaddr(data, out); return;
    case kSocketKeys: add_socket(data, out); return;
  }
}

uint64_t text_key(std::string_view text) {
  return hash_text(text, kTextSeed);
}
uint64_t address_key(std::string_view address) {
  return hash_text(address, kAddressSeed);
}

std::string make_bloom(const std::vector<uint64_t>& keys) {
  if (keys.empty()) return std::string(1, '\0');
  std::string bloom((keys.size() * kBitsPerKey + 7) / 8, '\0');
  for (const uint64_t key : keys)
    for (int i = 0; i < kProbes; ++i) {
      const uint64_t bit = probe(key, i, bloom.size() * 8);
      bloom[bit / 8] = char(uint8_t(bloom[bit / 8]) | 1u << bit % 8);
    }
  return bloom;
}

bool may_contain(std::string_view bloom, uint64_t key) {
  if (bloom.empty()) return true;
  for (int i = 0; i < kProbes; ++i) {
    const uint64_t bit = probe(key, i, bloom.size() * 8);
    if (!(uint8_t(bloom[bit / 8]) >> bit % 8 & 1)) return false;
  }
  return true;
}

bool may_answer(const TraceIndex& index, size_t entry,
                const Question& question) {
  const IndexEntry& chunk = index.chunks[entry];
  if (chunk.max_time_ns < question.from_ns ||
      chunk.min_time_ns > question.to_ns)
    return false;
  if (!question.chunks.empty() &&
      !std::ranges::binary_search(question.chunks, chunk.chunk))
    return false;
  if (entry >= index.filters.size()) return true;
  const ChunkFilter& filter = index.filters[entry];
  const auto may_have = [&filter](const auto& wanted, auto key_of) {
    return wanted.empty() ||
           std::ranges::any_of(wanted, [&](const std::string& one) {
             return may_contain(filter.bloom, key_of(one));
           });
  };
  return any_common(question.types, filter.types) &&
         any_common(question.pids, filter.pids) &&
         may_have(question.texts, text_key) &&
         may_have(question.addresses, address_key);
}

}  // namespace vestige
