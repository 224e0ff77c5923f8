// SPDX-License-Identifier: Apache-2.0
#include "format/arg_text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <iterator>

#include "format/errno_text.h"
#include "format/escape.h"
#include "format/flag_text.h"
#include "format/msghdr_text.h"
#include "format/parts.h"
#include "format/sockaddr.h"
#include "format/struct_text.h"

namespace vestige {
namespace {

// What a formatter may look at.
struct Source {
  std::string& out;
  const Event& event;
  uint8_t arg;  // or kReturnArg
  ArgKind kind;
  uint64_t value;
  const TextLimits& limits;

  [[nodiscard]] const Part* part(PartKind wanted) const {
    return event.part(arg, wanted);
  }
  [[nodiscard]] uint64_t neighbour(int distance) const {
    const int index = int(arg) + distance;
    return index >= 0 && index < kMaxArgs ? event.args[size_t(index)] : 0;
  }
  template <typename... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) const {
    fmt::format_to(std::back_inserter(out), format,
                   std::forward<Args>(args)...);
  }
};

template <typename Number>
void append_decimal(const Source& s, Number number) {
  const fmt::format_int text(number);
  s.out.append(text.data(), text.size());
}

void append_pointer(const Source& s) {
  if (s.value == 0) return void(s.out += "NULL");
  constexpr std::string_view kDigits = "0123456789abcdef";
  int digits = 1;
  while (digits < 16 && s.value >> (4 * digits) != 0) ++digits;
  s.out += "0x";
  while (digits-- > 0) s.out += kDigits[s.value >> (4 * digits) & 15];
}

// A part with nothing in it says no more than its address does.
bool is_unreadable(const Part& part) {
  return part.data.empty() && (part.flags & kPartFault);
}

void append_bytes(const Source& s, const Part& part, uint32_t limit) {
  const bool is_cut = limit != 0 && part.data.size() > limit;
  append_quoted(s.out, is_cut ? part.data.substr(0, limit) : part.data,
                is_cut || (part.flags & (kPartTruncated | kPartFault)));
}

void append_string(const Source& s, PartKind kind, uint32_t limit) {
  const Part* part = s.part(kind);
  if (!part || is_unreadable(*part)) return append_pointer(s);
  append_bytes(s, *part, limit);
  const Part* after = s.part(PartKind::kStringAfter);
  if (!after || !(part->flags & kPartChanged)) return;
  s.out += " /* became ";
  append_bytes(s, *after, limit);
  s.out += " */";
}

void append_strings(const Source& s) {
  const Part* part = s.part(PartKind::kStringArray);
  if (!part || is_unreadable(*part)) return append_pointer(s);
  std::string_view rest = part->data;
  uint64_t left = s.limits.string_bytes ? s.limits.string_bytes : UINT64_MAX;
  bool is_cut = part->flags & (kPartTruncated | kPartFault);
  s.out += '[';
  std::string_view separator;
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find('\0'));
    if (one.size() >= left) {
      is_cut = true;
      break;
    }
    left -= one.size();
    s.out += separator;
    append_quoted(s.out, one, false);
    separator = ", ";
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
  }
  if (is_cut) s.out.append(separator).append("...");
  s.out += ']';
}

// `<path>` or `<TCP a->b>` behind a descriptor.
void append_object(const Source& s) {
  if (const Part* socket = s.part(PartKind::kSocket)) {
    s.print("<{}>", socket_text(read_part<SocketPart>(*socket)));
  } else if (const Part* path = s.part(PartKind::kPath)) {
    s.out += '<';
    append_escaped(s.out, path->data);
    s.out += path->flags & kPartTruncated ? "...>" : ">";
  }
}

void append_fd(const Source& s) {
  const auto fd = int32_t(s.value);
  if (s.kind == ArgKind::kDirFd && fd == AT_FDCWD)
    s.out += "AT_FDCWD";
  else
    append_decimal(s, fd);
  append_object(s);
}

void append_fd_pair(const Source& s) {
  const Part* part = s.part(PartKind::kFds);
  if (!part || part->data.size() < 2 * sizeof(int32_t))
    return append_pointer(s);
  const auto fds = read_part<std::array<int32_t, 2>>(*part);
  s.print("[{}, {}]", fds[0], fds[1]);
}

void append_sockaddr(const Source& s) {
  const Part* part = s.part(PartKind::kSockaddr);
  const auto address = part ? decode_sockaddr(part->data) : std::nullopt;
  if (!address) return append_pointer(s);
  s.out += address_text(*address);
}

void append_message(const Source& s) {
  if (!append_msghdr(s.out, s.event, s.arg, s.limits.payload_bytes))
    append_pointer(s);
}

void append_mode(const Source& s) {
  const auto mode = uint32_t(s.value);
  constexpr uint32_t kType = 0170000;
  if (mode & kType) {
    append_flags(s.out, ArgKind::kModeFlags, mode & kType, s.event.type.abi);
    s.out += '|';
  }
  s.print("{:#04o}", mode & ~kType);
}

void append_clone_flags(const Source& s) {
  constexpr uint64_t kSignalMask = 0xff;
  const uint64_t flags = s.value & ~kSignalMask;
  const int signal = int(s.value & kSignalMask);
  if (flags != 0 || signal == 0)
    append_flags(s.out, ArgKind::kCloneFlags, flags, s.event.type.abi);
  if (flags != 0 && signal != 0) s.out += '|';
  if (signal != 0) s.out += signal_name(signal);
}

void append_socket_option(const Source& s) {
  switch (s.neighbour(-1)) {  // the level
    case 0:
      return append_flags(s.out, ArgKind::kIpOption, s.value, Abi::kX86_64);
    case 1:
      return append_flags(s.out, ArgKind::kSockoptName, s.value, Abi::kX86_64);
    case 6:
      return append_flags(s.out, ArgKind::kTcpOption, s.value, Abi::kX86_64);
    case 41:
      return append_flags(s.out, ArgKind::kIpv6Option, s.value, Abi::kX86_64);
    default: return s.print("{}", int32_t(s.value));
  }
}

// A request that flags.def has no name for tells direction, type, number and
// size of its argument.
void append_ioctl(const Source& s) {
  const FlagNames names = flag_names(s.kind, s.value, s.event.type.abi);
  if (!names.names.empty()) return void(s.out += names.names[0]);
  constexpr std::string_view kDirections[] = {
      "_IOC_NONE", "_IOC_WRITE", "_IOC_READ", "_IOC_READ|_IOC_WRITE"};
  const auto request = uint32_t(s.value);
  s.print("_IOC({}, {:#x}, {:#x}, {:#x})", kDirections[request >> 30],
          request >> 8 & 0xff, request & 0xff, request >> 16 & 0x3fff);
}

void append_id(const Source& s) {
  if (int32_t(s.value) == -1)
    s.out += "-1";  // leave as it is
  else
    s.print("{}", uint32_t(s.value));
}

// Numbers without flag names, and what has no part: by kind of number.
void append_number(const Source& s) {
  switch (s.kind) {
    case ArgKind::kInt:
    case ArgKind::kMilliseconds:
    case ArgKind::kFdNumber:
    case ArgKind::kPid:
    case ArgKind::kTid:
    case ArgKind::kKeySerial: return append_decimal(s, int32_t(s.value));
    case ArgKind::kUint:
    case ArgKind::kSeconds: return append_decimal(s, uint32_t(s.value));
    case ArgKind::kLong:
    case ArgKind::kOffset: return append_decimal(s, int64_t(s.value));
    case ArgKind::kSize:
    case ArgKind::kBool: return append_decimal(s, s.value);
    case ArgKind::kDevice:
      return s.print("makedev({:#x}, {:#x})", gnu_dev_major(s.value),
                     gnu_dev_minor(s.value));
    default: return append_pointer(s);
  }
}

void append_struct_or_number(const Source& s) {
  const Part* part = s.part(PartKind::kBytes);
  const StructBytes bytes{part ? part->data : std::string_view(),
                          s.event.type.abi, s.neighbour(-1)};
  if (!part || is_unreadable(*part) || !append_struct(s.out, s.kind, bytes))
    append_number(s);
}

void append_value(const Source& s) {
  switch (s.kind) {
    case ArgKind::kFd:
    case ArgKind::kDirFd: return append_fd(s);
    case ArgKind::kPath:
    case ArgKind::kString:
      return append_string(s, PartKind::kString, s.limits.string_bytes);
    case ArgKind::kStringArray: return append_strings(s);
    case ArgKind::kSizedString:
      return append_string(s, PartKind::kPayload, s.limits.string_bytes);
    case ArgKind::kBufferIn:
    case ArgKind::kBufferOut:
    case ArgKind::kIovecIn:
    case ArgKind::kIovecOut:
      return append_string(s, PartKind::kPayload, s.limits.payload_bytes);
    case ArgKind::kMsghdrIn:
    case ArgKind::kMsghdrOut:
    case ArgKind::kMmsghdrIn:
    case ArgKind::kMmsghdrOut: return append_message(s);
    case ArgKind::kSockaddrIn:
    case ArgKind::kSockaddrOut: return append_sockaddr(s);
    case ArgKind::kFdPair: return append_fd_pair(s);
    case ArgKind::kMode: return append_mode(s);
    case ArgKind::kCloneFlags: return append_clone_flags(s);
    case ArgKind::kSockoptName: return append_socket_option(s);
    case ArgKind::kIoctlCommand: return append_ioctl(s);
    case ArgKind::kSignal: return void(s.out += signal_name(int(s.value)));
    case ArgKind::kUid:
    case ArgKind::kGid: return append_id(s);
    default: break;
  }
  const bool is_named = s.kind != ArgKind::kKeySerial || int32_t(s.value) < 0;
  if (info(s.kind).capture == CaptureClass::kValue && has_flags(s.kind) &&
      is_named)
    return append_flags(s.out, s.kind, s.value, s.event.type.abi);
  append_struct_or_number(s);
}

// An argument that this option of the call does not take: its line says so,
// or other arguments have lines for the option and it has none.
bool is_unused_variant(const Event& event, int arg) {
  const Descriptor& call = *event.descriptor;
  if (call.args[size_t(arg)].kind != ArgKind::kVariant) return false;
  bool is_option_known = false;
  for (const Variant& line : variants()) {
    if (line.syscall != call.name ||
        line.option != uint32_t(event.args[line.option_arg]))
      continue;
    if (line.arg == arg) return line.kind == ArgKind::kUnused;
    is_option_known = true;
  }
  return is_option_known;
}

bool makes_file(const Event& event) {
  const int flags = event.descriptor->arg_of_kind(ArgKind::kOpenFlags);
  if (flags < 0) return true;
  const uint64_t value = event.args[size_t(flags)];
  constexpr uint64_t kTmpFile = 020000000;
  return (value & O_CREAT) != 0 || (value & kTmpFile) != 0;
}

void append_error(std::string& out, int64_t ret) {
  const int error = int(-ret);
  const std::string_view name = errno_name(error);
  // The kernel's own errors are replaced before the program sees them.
  constexpr int kFirstKernelError = 512;
  out += error >= kFirstKernelError ? "? " : "-1 ";
  if (name.empty())
    fmt::format_to(std::back_inserter(out), "error {}", error);
  else
    fmt::format_to(std::back_inserter(out), "{} ({})", name,
                   errno_description(error));
}

}  // namespace

void append_arg(std::string& out, const Event& event, int arg,
                const TextLimits& limits) {
  if (!event.descriptor || arg < 0 || arg >= kMaxArgs) return;
  const auto is_its = [&](const Part& part) { return part.arg == arg; };
  if (!event.is_told(uint8_t(arg)) && std::ranges::none_of(event.parts, is_its))
    return void(out += '?');
  append_value({out, event, uint8_t(arg),
                kind_of(*event.descriptor, event.args, arg),
                event.args[size_t(arg)], limits});
}

std::string arg_text(const Event& event, int arg, const TextLimits& limits) {
  std::string out;
  append_arg(out, event, arg, limits);
  return out;
}

int shown_args(const Event& event) {
  if (!event.descriptor) return 0;
  int count = std::min<int>(event.descriptor->arg_count, kMaxArgs);
  while (count > 0) {
    const ArgKind kind = event.descriptor->args[size_t(count - 1)].kind;
    const bool is_unused = (kind == ArgKind::kMode && !makes_file(event)) ||
                           is_unused_variant(event, count - 1);
    if (!is_unused) break;
    --count;
  }
  return count;
}

void append_return(std::string& out, const Event& event) {
  const TextLimits limits;
  const Source s{
      out, event, kReturnArg, ArgKind::kOpaque, uint64_t(event.ret), limits};
  if (event.flags & kInFlight) return void(out += "? (in flight)");
  if (!event.is_told(kReturnArg)) return void(out += '?');
  if (is_error(event.ret)) return append_error(out, event.ret);
  switch (event.descriptor ? event.descriptor->returns : ReturnKind::kValue) {
    case ReturnKind::kNone: out += '?'; return;
    case ReturnKind::kFd:
      s.print("{}", event.ret);
      append_object(s);
      return;
    case ReturnKind::kAddress: s.print("{:#x}", uint64_t(event.ret)); return;
    case ReturnKind::kFlags: s.print("{:#o}", uint64_t(event.ret)); return;
    case ReturnKind::kError:
    case ReturnKind::kSize:
    case ReturnKind::kCount:
    case ReturnKind::kPid:
    case ReturnKind::kId:
    case ReturnKind::kOffset:
    case ReturnKind::kValue: s.print("{}", event.ret); return;
  }
}

std::string return_text(const Event& event) {
  std::string out;
  append_return(out, event);
  return out;
}

std::string event_text(const Event& event, const TextLimits& limits) {
  std::string out;
  if (!event.descriptor)
    return fmt::format("{}:{}(?)", abi_name(event.type.abi), event.type.number);
  // Names come from the trace, as hostile as the rest of it.
  append_escaped(out, event.descriptor->name);
  out += '(';
  const int count = shown_args(event);
  for (int i = 0; i < count; ++i) {
    if (i) out += ", ";
    append_arg(out, event, i, limits);
  }
  out += ')';
  if (event.type.abi == Abi::kKernel) return out;
  out += " = ";
  append_return(out, event);
  return out;
}

}  // namespace vestige
