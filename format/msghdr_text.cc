// SPDX-License-Identifier: Apache-2.0
#include "format/msghdr_text.h"

#include <fmt/format.h>

#include <cstring>
#include <iterator>

#include "format/escape.h"
#include "format/flag_text.h"
#include "format/sockaddr.h"

namespace vestige {
namespace {

constexpr int32_t kSolSocket = 1;
constexpr int32_t kScmRights = 1;
constexpr int32_t kScmCredentials = 2;

template <typename T>
T read(std::string_view bytes, size_t offset) {
  T value{};
  if (offset + sizeof value <= bytes.size())
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

void append_control(std::string& out, const ControlMessage& message) {
  const bool is_socket = message.level == kSolSocket;
  if (is_socket && message.type == kScmRights) {
    out += fmt::format("SCM_RIGHTS [{}]", fmt::join(passed_fds(message), ", "));
    return;
  }
  if (is_socket && message.type == kScmCredentials) {
    out += fmt::format("SCM_CREDENTIALS {{pid={}, uid={}, gid={}}}",
                       read<int32_t>(message.data, 0),
                       read<uint32_t>(message.data, 4),
                       read<uint32_t>(message.data, 8));
    return;
  }
  append_flags(out, ArgKind::kSockoptLevel, uint32_t(message.level),
               kNativeAbi);
  fmt::format_to(std::back_inserter(out), ":{} {} bytes", message.type,
                 message.data.size());
}

}  // namespace

std::vector<ControlMessage> control_messages(std::string_view bytes, Abi abi) {
  // struct cmsghdr: length with header, level, type, data; then padding.
  const bool is_64 = abi == Abi::kX86_64 || abi == Abi::kArm64;
  const size_t length_size = is_64 ? 8 : 4;
  const size_t header = length_size + 8;
  std::vector<ControlMessage> out;
  while (bytes.size() >= header) {
    const uint64_t length =
        is_64 ? read<uint64_t>(bytes, 0) : read<uint32_t>(bytes, 0);
    if (length < header || length > bytes.size()) break;
    out.push_back({read<int32_t>(bytes, length_size),
                   read<int32_t>(bytes, length_size + 4),
                   bytes.substr(header, length - header)});
    const size_t padded = (length + length_size - 1) & ~(length_size - 1);
    bytes.remove_prefix(std::min(padded, bytes.size()));
  }
  return out;
}

std::vector<int32_t> passed_fds(const ControlMessage& message) {
  std::vector<int32_t> fds;
  if (message.level != kSolSocket || message.type != kScmRights) return fds;
  for (size_t i = 0; i + sizeof(int32_t) <= message.data.size();
       i += sizeof(int32_t))
    fds.push_back(read<int32_t>(message.data, i));
  return fds;
}

bool append_msghdr(std::string& out, const Event& event, uint8_t arg,
                   uint32_t payload_bytes) {
  const Part* name = event.part(arg, PartKind::kSockaddr);
  const Part* data = event.part(arg, PartKind::kPayload);
  const Part* control = event.part(arg, PartKind::kControl);
  if (!name && !data && !control) return false;
  const auto address = name ? decode_sockaddr(name->data) : std::nullopt;
  out += "{name=";
  out += address ? address_text(*address) : "NULL";
  if (data) {
    out += ", data=";
    const bool is_cut = payload_bytes != 0 && data->data.size() > payload_bytes;
    append_quoted(out,
                  is_cut ? data->data.substr(0, payload_bytes) : data->data,
                  is_cut || (data->flags & (kPartTruncated | kPartFault)));
  }
  if (control) {
    out += ", control=[";
    std::string_view separator;
    for (const ControlMessage& each :
         control_messages(control->data, event.type.abi)) {
      out += separator;
      append_control(out, each);
      separator = ", ";
    }
    out += control->flags & kPartTruncated ? ", ...]" : "]";
  }
  out += '}';
  return true;
}

}  // namespace vestige
