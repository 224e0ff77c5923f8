// SPDX-License-Identifier: Apache-2.0
#include "format/struct_text.h"

#include <algorithm>
#include <array>

#include "format/errno_text.h"
#include "format/escape.h"
#include "format/struct_fields.h"
#include "format/struct_times.h"

namespace vestige {
namespace {

void append_hex_bytes(std::string& out, std::string_view bytes) {
  constexpr size_t kMost = 32;
  for (const char c : bytes.substr(0, kMost))
    fmt::format_to(std::back_inserter(out), "{:02x}", uint8_t(c));
  if (bytes.size() > kMost) out += "...";
}

// Signals.
void append_sigset(std::string& out, uint64_t set) {
  constexpr int kMany = 32;  // then the ones that are missing are fewer
  const bool is_inverted = __builtin_popcountll(set) > kMany;
  out += is_inverted ? "~[" : "[";
  std::string_view separator;
  for (int signal = 1; signal <= 64; ++signal) {
    const bool is_member = (set >> (signal - 1)) & 1;
    if (is_member == is_inverted) continue;
    const std::string name = signal_name(signal);
    out.append(separator).append(name, 3);
    separator = " ";
  }
  out += ']';
}

void sigset(std::string& out, Bytes from) {
  StructWriter w(out, from, "");
  if (w.begin("", 0, 8)) append_sigset(out, w.get<uint64_t>(0));
}

template <typename Long>
void sigaction(std::string& out, Bytes from) {
  StructWriter w(out, from);
  if (w.begin("sa_handler", 0, sizeof(Long))) {
    const Long handler = w.get<Long>(0);
    if (handler <= 1)
      out += handler == 0 ? "SIG_DFL" : "SIG_IGN";
    else
      fmt::format_to(std::back_inserter(out), "{:#x}", handler);
  }
  if (w.begin("sa_mask", 3 * sizeof(Long), 8))
    append_sigset(out, w.get<uint64_t>(3 * sizeof(Long)));
  w.flags<Long>("sa_flags", sizeof(Long), ArgKind::kSigactionFlags);
  w.close();
}

void siginfo(std::string& out, Bytes from) {
  StructWriter w(out, from);
  if (w.begin("si_signo", 0, 4)) out += signal_name(w.get<int32_t>(0));
  w.number<int32_t>("si_code", 8);
  w.number<int32_t>("si_pid", 16);
  w.number<uint32_t>("si_uid", 20);
  w.hex<uint64_t>("si_value", 24);
  w.close();
}

template <typename Long>
void sigaltstack(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.hex<Long>("ss_sp", 0);
  w.number<int32_t>("ss_flags", sizeof(Long));
  w.number<Long>("ss_size", 2 * sizeof(Long));
  w.close();
}

void wait_status(std::string& out, Bytes from) {
  StructWriter w(out, from, "[");
  if (w.begin("", 0, 4)) {
    const uint32_t status = w.get<uint32_t>(0);
    const int signal = status & 0x7f;
    const int code = (status >> 8) & 0xff;
    if (signal == 0)
      out += fmt::format("exited with {}", code);
    else if (signal == 0x7f)
      out += status == 0xffff ? "continued"
                              : fmt::format("stopped by {}", signal_name(code));
    else
      out += fmt::format("killed by {}{}", signal_name(signal),
                         status & 0x80 ? ", core dumped" : "");
  }
  w.close("]");
}

// Credentials.
void append_capabilities(std::string& out, uint64_t set) {
  constexpr uint64_t kKnown = (uint64_t{1} << 41) - 1;
  if ((set & kKnown) == kKnown) {
    out += "all";
    return;
  }
  if (set == 0) out += '0';
  std::string_view separator;
  for (int i = 0; i < 64; ++i) {
    if (!(set >> i & 1)) continue;
    out += separator;
    append_flags(out, ArgKind::kCapability, uint64_t(i), kNativeAbi);
    separator = "|";
  }
}

void cap_header(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.hex<uint32_t>("version", 0);
  w.number<int32_t>("pid", 4);
  w.close();
}

void cap_data(std::string& out, Bytes from) {
  StructWriter w(out, from);
  const auto set = [&](std::string_view name, size_t offset) {
    if (!w.begin(name, offset, 4)) return;
    const uint64_t high = w.get<uint32_t>(offset + 12);
    append_capabilities(out, w.get<uint32_t>(offset) | high << 32);
  };
  set("effective", 0);
  set("permitted", 4);
  set("inheritable", 8);
  w.close();
}

template <typename T>
void number_in_brackets(std::string& out, Bytes from) {
  StructWriter w(out, from, "[");
  w.number<T>("", 0);
  w.close("]");
}

// Arrays of structs of one size.
template <size_t kSize, typename Each>
void array(std::string& out, Bytes from, Each each) {
  constexpr size_t kMost = 32;
  out += '[';
  const size_t count = from.bytes.size() / kSize;
  for (size_t i = 0; i < std::min(count, kMost); ++i) {
    if (i) out += ", ";
    each(StructBytes{from.bytes.substr(i * kSize, kSize), from.abi, 0});
  }
  if (count > kMost || from.bytes.size() % kSize) out += ", ...";
  out += ']';
}

void gids(std::string& out, Bytes from) {
  array<4>(out, from, [&](Bytes one) {
    StructWriter w(out, one, "");
    w.number<uint32_t>("", 0);
  });
}

// On x86 the struct is packed; elsewhere the data is aligned.
void epoll_one(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.flags<uint32_t>("events", 0, ArgKind::kEpollEventMask);
  w.hex<uint64_t>("data", from.abi == Abi::kArm64 ? 8 : 4);
  w.close();
}

void epoll_many(std::string& out, Bytes from) {
  const auto each = [&](Bytes one) { epoll_one(out, one); };
  if (from.abi == Abi::kArm64)
    array<16>(out, from, each);
  else
    array<12>(out, from, each);
}

void pollfds(std::string& out, Bytes from) {
  array<8>(out, from, [&](Bytes one) {
    StructWriter w(out, one);
    w.number<int32_t>("fd", 0);
    w.flags<uint16_t>("events", 4, ArgKind::kPollEventMask);
    if (w.get<uint16_t>(6) != 0)
      w.flags<uint16_t>("revents", 6, ArgKind::kPollEventMask);
    w.close();
  });
}

void sembufs(std::string& out, Bytes from) {
  array<6>(out, from, [&](Bytes one) {
    StructWriter w(out, one);
    w.number<uint16_t>("sem_num", 0);
    w.number<int16_t>("sem_op", 2);
    w.flags<uint16_t>("sem_flg", 4, ArgKind::kSemopFlags);
    w.close();
  });
}

void futex_waiters(std::string& out, Bytes from) {
  array<24>(out, from, [&](Bytes one) {
    StructWriter w(out, one);
    w.hex<uint64_t>("val", 0);
    w.hex<uint64_t>("uaddr", 8);
    w.flags<uint32_t>("flags", 16, ArgKind::kFutex2Flags);
    w.close();
  });
}

template <typename Long>
void remote_iovec(std::string& out, Bytes from) {
  array<2 * sizeof(Long)>(out, from, [&](Bytes one) {
    StructWriter w(out, one);
    w.hex<Long>("iov_base", 0);
    w.number<Long>("iov_len", sizeof(Long));
    w.close();
  });
}

// Processes.
void clone_args(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.flags<uint64_t>("flags", 0, ArgKind::kCloneFlags);
  w.optional_hex<uint64_t>("pidfd", 8);
  w.optional_hex<uint64_t>("child_tid", 16);
  w.optional_hex<uint64_t>("parent_tid", 24);
  if (w.begin("exit_signal", 32, 8))
    out += signal_name(int(w.get<uint64_t>(32)));
  w.hex<uint64_t>("stack", 40);
  w.hex<uint64_t>("stack_size", 48);
  w.optional_hex<uint64_t>("tls", 56);
  w.optional_hex<uint64_t>("set_tid", 64);
  w.optional_hex<uint64_t>("set_tid_size", 72);
  if (w.get<uint64_t>(80) != 0) w.number<uint64_t>("cgroup", 80);
  w.close();
}

void sched_attr(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.number<uint32_t>("size", 0);
  w.flags<uint32_t>("sched_policy", 4, ArgKind::kSchedPolicy);
  w.flags<uint64_t>("sched_flags", 8, ArgKind::kSchedFlags);
  w.number<int32_t>("sched_nice", 16);
  w.number<uint32_t>("sched_priority", 20);
  w.number<uint64_t>("sched_runtime", 24);
  w.number<uint64_t>("sched_deadline", 32);
  w.number<uint64_t>("sched_period", 40);
  w.close();
}

void sock_fprog(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.number<uint16_t>("len", 0);
  if (from.abi == Abi::kI386)
    w.hex<uint32_t>("filter", 4);
  else
    w.hex<uint64_t>("filter", 8);
  w.close();
}

// Files.
void open_how(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.flags<uint64_t>("flags", 0, ArgKind::kOpenFlags);
  if (w.get<uint64_t>(8) != 0 && w.begin("mode", 8, 8))
    fmt::format_to(std::back_inserter(out), "{:#05o}", w.get<uint64_t>(8));
  w.flags<uint64_t>("resolve", 16, ArgKind::kResolveFlags);
  w.close();
}

void mount_attr(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.flags<uint64_t>("attr_set", 0, ArgKind::kMountAttrFlags);
  w.flags<uint64_t>("attr_clr", 8, ArgKind::kMountAttrFlags);
  w.flags<uint64_t>("propagation", 16, ArgKind::kMountFlags);
  w.number<uint64_t>("userns_fd", 24);
  w.close();
}

template <typename Long, size_t kStart>
void flock(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.flags<uint16_t>("l_type", 0, ArgKind::kLockType);
  w.flags<uint16_t>("l_whence", 2, ArgKind::kWhence);
  w.number<Long>("l_start", kStart);
  w.number<Long>("l_len", kStart + sizeof(Long));
  w.number<int32_t>("l_pid", kStart + 2 * sizeof(Long));
  w.close();
}

void file_handle(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.number<uint32_t>("handle_bytes", 0);
  w.hex<int32_t>("handle_type", 4);
  if (w.begin("f_handle", 8, 1)) {
    const size_t size = std::min<size_t>(w.get<uint32_t>(0), 128);
    append_hex_bytes(out, from.bytes.substr(8, size));
  }
  w.close();
}

void xattr_args(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.hex<uint64_t>("value", 0);
  w.number<uint32_t>("size", 8);
  w.flags<uint32_t>("flags", 12, ArgKind::kXattrFlags);
  w.close();
}

void file_attr(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.hex<uint64_t>("fa_xflags", 0);
  w.number<uint32_t>("fa_extsize", 8);
  w.number<uint32_t>("fa_nextents", 12);
  w.number<uint32_t>("fa_projid", 16);
  w.number<uint32_t>("fa_cowextsize", 20);
  w.close();
}

void clone_range(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.number<int64_t>("src_fd", 0);
  w.number<uint64_t>("src_offset", 8);
  w.number<uint64_t>("src_length", 16);
  w.number<uint64_t>("dest_offset", 24);
  w.close();
}

void inode_flags(std::string& out, Bytes from) {
  StructWriter w(out, from, "[");
  w.flags<uint32_t>("", 0, ArgKind::kInodeFlags);
  w.close("]");
}

void mnt_id_req(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.number<uint32_t>("size", 0);
  w.hex<uint64_t>("mnt_id", 8);
  w.hex<uint64_t>("param", 16);
  w.close();
}

// Devices and sockets.
void ifreq(std::string& out, Bytes from) {
  constexpr size_t kNameSize = 16;
  const std::string_view name = from.bytes.substr(0, kNameSize);
  out += "{ifr_name=";
  append_quoted(out, name.substr(0, name.find('\0')),
                from.bytes.size() < kNameSize);
  out += '}';
}

void winsize(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.number<uint16_t>("ws_row", 0);
  w.number<uint16_t>("ws_col", 2);
  w.close();
}

void one_char(std::string& out, Bytes from) {
  append_quoted(out, from.bytes.substr(0, 1), false);
}

// Text if it looks like text, a number if it is as long as one, else hex.
void socket_option(std::string& out, Bytes from) {
  std::string_view text = from.bytes;
  while (text.ends_with('\0')) text.remove_suffix(1);
  const bool is_text = !text.empty() && text.size() + 16 >= from.bytes.size() &&
                       from.bytes.size() != 4 &&
                       std::ranges::all_of(text, is_printable_ascii);
  if (is_text) return append_quoted(out, text, false);
  if (from.bytes.size() == 4) return number_in_brackets<int32_t>(out, from);
  out += "0x";
  append_hex_bytes(out, from.bytes);
}

void cpu_mask(std::string& out, Bytes from) {
  constexpr size_t kMost = 1024;  // CPUs
  out += '[';
  std::string_view separator;
  for (size_t cpu = 0; cpu < std::min(from.bytes.size() * 8, kMost); ++cpu) {
    if (!(uint8_t(from.bytes[cpu / 8]) >> (cpu % 8) & 1)) continue;
    fmt::format_to(std::back_inserter(out), "{}{}", separator, cpu);
    separator = " ";
  }
  out += ']';
}

// Security and kernel interfaces.
void landlock_ruleset(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.flags<uint64_t>("handled_access_fs", 0, ArgKind::kLandlockFsAccess);
  if (w.has(8, 8))
    w.flags<uint64_t>("handled_access_net", 8, ArgKind::kLandlockNetAccess);
  w.optional_hex<uint64_t>("scoped", 16);
  w.close();
}

void landlock_path(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.flags<uint64_t>("allowed_access", 0, ArgKind::kLandlockFsAccess);
  w.number<int32_t>("parent_fd", 8);
  w.close();
}

void landlock_port(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.flags<uint64_t>("allowed_access", 0, ArgKind::kLandlockNetAccess);
  w.number<uint64_t>("port", 8);
  w.close();
}

void io_uring_params(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.number<uint32_t>("sq_entries", 0);
  w.number<uint32_t>("cq_entries", 4);
  w.flags<uint32_t>("flags", 8, ArgKind::kIoUringSetupFlags);
  w.close();
}

void perf_attr(std::string& out, Bytes from) {
  StructWriter w(out, from);
  w.flags<uint32_t>("type", 0, ArgKind::kPerfType);
  w.number<uint32_t>("size", 4);
  w.hex<uint64_t>("config", 8);
  w.number<uint64_t>("sample_period", 16);
  w.close();
}

void bpf_attr(std::string& out, Bytes from) {
  enum { kMapCreate = 0, kProgLoad = 5, kObjPin = 6, kObjGet = 7 };
  StructWriter w(out, from);
  const auto name = [&](std::string_view field, size_t offset) {
    if (!w.has(offset, 16)) return;
    const std::string_view text = from.bytes.substr(offset, 16);
    w.begin(field, offset, 16);
    append_quoted(out, text.substr(0, text.find('\0')), false);
  };
  switch (from.option) {
    case kMapCreate:
      w.flags<uint32_t>("map_type", 0, ArgKind::kBpfMapType);
      w.number<uint32_t>("key_size", 4);
      w.number<uint32_t>("value_size", 8);
      w.number<uint32_t>("max_entries", 12);
      name("map_name", 28);
      break;
    case kProgLoad:
      w.flags<uint32_t>("prog_type", 0, ArgKind::kBpfProgType);
      w.number<uint32_t>("insn_cnt", 4);
      name("prog_name", 48);
      break;
    case kObjPin:
    case kObjGet:
      w.hex<uint64_t>("pathname", 0);
      w.number<uint32_t>("bpf_fd", 8);
      break;
    default: w.hex<uint64_t>("", 0); break;
  }
  w.close();
}

void uint32s(std::string& out, Bytes from) {
  array<4>(out, from, [&](Bytes one) {
    StructWriter w(out, one, "");
    w.hex<uint32_t>("", 0);
  });
}

using Formatter = void (*)(std::string&, Bytes);

Formatter formatter_of(ArgKind kind) {
  switch (kind) {
#define STRUCT_TEXT(kind, function) \
  case ArgKind::kind:               \
    return function;
#include "format/struct_text.def"
#undef STRUCT_TEXT
    default: return nullptr;
  }
}

}  // namespace

bool append_struct(std::string& out, ArgKind kind, const StructBytes& from) {
  const Formatter formatter = formatter_of(kind);
  if (!formatter) return false;
  formatter(out, from);
  return true;
}

}  // namespace vestige
