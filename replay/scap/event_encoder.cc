// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/event_encoder.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "replay/scap/codings.h"
#include "replay/scap/encode_address.h"

namespace vestige {
namespace {

// Newer types are not known to sysdig 0.29.
constexpr uint16_t kTypes = 336;
// A parameter's length is a 16-bit number; drivers stop a little earlier.
constexpr size_t kMaxParam_bytes = 65000;
constexpr uint64_t kSecond_ns = 1'000'000'000;

// Their parameters have 32-bit lengths and need blocks of another type.
constexpr uint16_t kLargeTypes[] = {322, 324};

// Older types that were used for calls which have their own only now.
struct StandIn {
  std::string_view call;
  std::string_view type;
};
constexpr StandIn kStandIns[] = {
    {"dup2", "dup"},           {"dup3", "dup"},
    {"pipe2", "pipe"},         {"eventfd2", "eventfd"},
    {"signalfd4", "signalfd"}, {"inotify_init1", "inotify_init"},
};

// The newest type for a target; one of the same name before others.
const ScapEventInfo* newest(std::string_view target, bool is_returning) {
  const ScapEventInfo* best = nullptr;
  for (const ScapEventInfo& info : scap_events()) {
    if (info.code >= kTypes || is_return(info.code) != is_returning) continue;
    if (info.target != target || std::ranges::count(kLargeTypes, info.code))
      continue;
    const bool is_named = info.name == target;
    if (!best || is_named || best->name != target) best = &info;
  }
  return best;
}

template <typename T>
std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

size_t width_of(ScapType type) {
  switch (type) {
    case ScapType::kI8:
    case ScapType::kU8: return 1;
    case ScapType::kI16:
    case ScapType::kU16: return 2;
    case ScapType::kI32:
    case ScapType::kU32: return 4;
    case ScapType::kI64:
    case ScapType::kU64:
    case ScapType::kFd:
    case ScapType::kPid: return 8;
    case ScapType::kText:
    case ScapType::kBytes:
    case ScapType::kSockaddr:
    case ScapType::kTuple:
    case ScapType::kFdList:
    case ScapType::kDyn: return 0;
  }
  return 0;
}

std::string text_bytes(std::string_view text) {
  return std::string(text.substr(0, kMaxParam_bytes)) + '\0';
}

std::string nothing(ScapType type) {
  if (type == ScapType::kText) return text_bytes("");
  if (type == ScapType::kFdList) return bytes_of(uint16_t{0});
  return std::string(width_of(type), '\0');
}

class Encoder {
 public:
  Encoder(const Event& event, const TaskFacts& task, bool is_returning)
      : event_(event),
        task_(task),
        is_returning_(is_returning),
        unknown_(unknown_args(event)) {}

  [[nodiscard]] std::string encode(const ScapParam& param) const;

 private:
  [[nodiscard]] std::string argument(const ScapParam& param) const;
  [[nodiscard]] std::string text(uint8_t arg) const;
  [[nodiscard]] uint64_t in_struct(uint8_t arg, size_t at, size_t size) const;
  [[nodiscard]] std::string field(ScapType type, ScapField field) const;
  [[nodiscard]] std::string tuple(bool is_inbound) const;
  [[nodiscard]] std::string poll_list() const;
  [[nodiscard]] std::string socket_option() const;
  [[nodiscard]] uint64_t number(ScapField field) const;
  [[nodiscard]] uint64_t opened(ScapField field) const;
  [[nodiscard]] uint64_t capability(size_t which) const;
  [[nodiscard]] bool is_capset() const {
    return event_.descriptor->name == "capset";
  }
  [[nodiscard]] uint64_t how(size_t at, ScapCoding coding) const;
  [[nodiscard]] const Part* part(PartKind kind) const {
    for (const Part& part : event_.parts)
      if (part.kind == kind) return &part;
    return nullptr;
  }
  [[nodiscard]] int arg_of(ArgKind kind) const {
    return event_.descriptor->arg_of_kind(kind);
  }
  [[nodiscard]] bool is_unknown(int arg) const { return unknown_ >> arg & 1; }

  const Event& event_;
  const TaskFacts& task_;
  bool is_returning_;
  uint8_t unknown_;
};

std::string Encoder::encode(const ScapParam& param) const {
  switch (param.role) {
    case ScapRole::kSkip: return nothing(param.type);
    case ScapRole::kResult:
      if (param.type == ScapType::kDyn)
        return '\1' + bytes_of(event_.ret);  // 1: a result
      return encode_number(param.type, uint64_t(event_.ret));
    case ScapRole::kArg: return argument(param);
    case ScapRole::kText: return text(param.arg);
    case ScapRole::kData: {
      const Part* data = event_.part(param.arg, PartKind::kPayload);
      return std::string(data ? data->data.substr(0, kMaxParam_bytes) : "");
    }
    case ScapRole::kAddress: {
      const Part* address = event_.part(param.arg, PartKind::kSockaddr);
      return address ? encode_address(end_of_sockaddr(address->data)) : "";
    }
    case ScapRole::kBytes:
      return encode_number(
          param.type, in_struct(param.arg, param.detail, width_of(param.type)));
    case ScapRole::kTimespec:
      return encode_number(param.type, in_struct(param.arg, 0, 8) * kSecond_ns +
                                           in_struct(param.arg, 8, 8));
    case ScapRole::kFdPair: {
      const Part* fds = part(PartKind::kFds);
      int32_t pair[2] = {-1, -1};
      if (fds && fds->data.size() >= sizeof pair)
        std::memcpy(pair, fds->data.data(), sizeof pair);
      return encode_number(param.type, uint64_t(int64_t{pair[param.detail]}));
    }
    case ScapRole::kField: return field(param.type, ScapField(param.detail));
  }
  return {};
}

std::string Encoder::argument(const ScapParam& param) const {
  uint64_t value = event_.args[param.arg];
  // Registers hold descriptors as 32-bit numbers.
  if (param.type == ScapType::kFd) value = uint64_t(int64_t{int32_t(value)});
  if (param.type == ScapType::kFd && is_unknown(param.arg)) value = ~0ull;
  const auto coding = ScapCoding(param.detail);
  value = to_scap(coding, value).value_or(0);
  if (coding == ScapCoding::kOpen && is_returning_)
    value |= opened(ScapField::kCreateFlags);
  if (param.type == ScapType::kDyn) return '\0' + bytes_of(value);
  return encode_number(param.type, value);
}

std::string Encoder::text(uint8_t arg) const {
  const Part* text = event_.part(arg, PartKind::kString);
  if (text && !(text->flags & kPartFault)) return text_bytes(text->data);
  const bool is_null = !text && !is_unknown(arg) && event_.args[arg] == 0;
  return text_bytes(is_null ? "(NULL)" : "<NA>");
}

uint64_t Encoder::in_struct(uint8_t arg, size_t at, size_t size) const {
  const Part* bytes = event_.part(arg, PartKind::kBytes);
  uint64_t value = 0;
  if (bytes && size <= sizeof value && bytes->data.size() >= at + size)
    std::memcpy(&value, bytes->data.data() + at, size);
  return value;
}

// Who sends is the source.
std::string Encoder::tuple(bool is_inbound) const {
  const Part* socket = event_.part(kReturnArg, PartKind::kSocket);
  if (!socket) socket = event_.part(0, PartKind::kSocket);
  const Part* address = part(PartKind::kSockaddr);
  if (!socket && !address) return {};
  ScapEnd local, peer;
  if (socket) {
    const auto ends = read_part<SocketPart>(*socket);
    local = local_end(ends);
    peer = peer_end(ends);
  }
  if (address) peer = end_of_sockaddr(address->data);
  if (local.family == 0) local.family = peer.family;
  if (is_inbound) std::swap(local, peer);
  return encode_tuple({.source = local, .destination = peer});
}

std::string Encoder::poll_list() const {
  const int arg = arg_of(ArgKind::kPollfds);
  const Part* bytes =
      arg < 0 ? nullptr : event_.part(uint8_t(arg), PartKind::kBytes);
  std::string list;
  uint16_t count = 0;
  for (size_t at = 0; bytes && at + sizeof(pollfd) <= bytes->data.size() &&
                      list.size() < kMaxParam_bytes;
       at += sizeof(pollfd)) {
    pollfd one;
    std::memcpy(&one, bytes->data.data() + at, sizeof one);
    const auto events = uint16_t(is_returning_ ? one.revents : one.events);
    if (is_returning_ && events == 0) continue;
    list += bytes_of(int64_t{one.fd}) +
            bytes_of(uint16_t(*to_scap(ScapCoding::kPoll, events)));
    ++count;
  }
  return bytes_of(count) + list;
}

std::string Encoder::socket_option() const {
  int arg = arg_of(ArgKind::kSockoptIn);
  if (arg < 0) arg = arg_of(ArgKind::kSockoptOut);
  const Part* bytes =
      arg < 0 ? nullptr : event_.part(uint8_t(arg), PartKind::kBytes);
  if (!bytes || bytes->data.empty()) return {};
  const bool is_socket_level = event_.args[1] == SOL_SOCKET;
  const size_t size = bytes->data.size();
  if (is_socket_level && event_.args[2] == SO_ERROR && size == 4)
    return '\1' + bytes_of(-int64_t(in_struct(uint8_t(arg), 0, 4)));
  if (size == 4) return '\2' + std::string(bytes->data);
  if (size == 8) return '\3' + std::string(bytes->data);
  return '\0' + std::string(bytes->data.substr(0, kMaxParam_bytes));
}

uint64_t Encoder::opened(ScapField field) const {
  const Part* part = event_.part(kReturnArg, PartKind::kFile);
  if (!part) return 0;
  const auto file = read_part<FilePart>(*part);
  if (field == ScapField::kInode) return file.inode;
  if (field == ScapField::kDevice)
    return (file.dev_minor & 0xff) | (file.dev_major << 8) |
           ((file.dev_minor & ~0xffu) << 12);
  return (part->flags & kPartCreated ? kScapCreated : 0) |
         (file.layer == Layer::kUpper ? kScapUpperLayer : 0) |
         (file.layer == Layer::kLower ? kScapLowerLayer : 0);
}

// Two struct __user_cap_data_struct: the low and the high halves.
uint64_t Encoder::capability(size_t which) const {
  return in_struct(1, which * 4, 4) | in_struct(1, 12 + which * 4, 4) << 32;
}

uint64_t Encoder::how(size_t at, ScapCoding coding) const {
  const int arg = arg_of(ArgKind::kOpenHow);
  if (arg < 0) return 0;
  return to_scap(coding, in_struct(uint8_t(arg), at, 8)).value_or(0);
}

uint64_t Encoder::number(ScapField field) const {
  const TaskPart& ids = task_.ids;
  switch (field) {
    case ScapField::kSyscallId: return scap_syscall_id(event_.descriptor->name);
    case ScapField::kNativeId: return event_.type.number;
    case ScapField::kFullSize: {
      const Part* data = part(PartKind::kPayload);
      return data ? data->full_size
                  : uint64_t(std::max<int64_t>(event_.ret, 0));
    }
    case ScapField::kDevice:
    case ScapField::kInode:
    case ScapField::kCreateFlags: return opened(field);
    case ScapField::kHowFlags: return how(0, ScapCoding::kOpen);
    case ScapField::kHowMode: return how(8, ScapCoding::kPlain);
    case ScapField::kHowResolve: return how(16, ScapCoding::kResolve);
    case ScapField::kCloneFlags: {
      uint64_t flags = in_struct(0, 0, 8);
      if (const int arg = arg_of(ArgKind::kCloneFlags); arg >= 0)
        flags = event_.args[arg];
      const bool is_inner = ids.ns_tid != 0 && ids.ns_tid != ids.tid;
      return to_scap(ScapCoding::kClone, flags).value_or(0) |
             (is_inner ? kScapChildInPidNamespace : 0);
    }
    case ScapField::kExeFlags:
      return (task_.exe_layer == Layer::kUpper ? kScapExeUpperLayer : 0) |
             (task_.exe_layer == Layer::kLower ? kScapExeLowerLayer : 0);
    case ScapField::kExeInode: return task_.exe_inode;
    case ScapField::kExitStatus:
      return (event_.args[0] & 0xff) << 8 | (event_.args[1] & 0x7f) |
             (event_.args[2] & 1) << 7;
    case ScapField::kTid: return event_.tid;
    case ScapField::kPid: return event_.pid;
    case ScapField::kPtid: return ids.parent_pid;
    case ScapField::kVtid: return ids.ns_tid != 0 ? ids.ns_tid : event_.tid;
    case ScapField::kVpid: return ids.ns_pid != 0 ? ids.ns_pid : event_.pid;
    case ScapField::kPgid:
    case ScapField::kVpgid: return ids.process_group;
    case ScapField::kUid: return task_.uid;
    case ScapField::kGid: return task_.gid;
    case ScapField::kCapEffective:
      return is_capset() ? capability(0) : task_.cap_effective;
    case ScapField::kCapPermitted:
      return is_capset() ? capability(1) : task_.cap_permitted;
    case ScapField::kCapInheritable:
      return is_capset() ? capability(2) : task_.cap_inheritable;
    case ScapField::kTupleIn:
    case ScapField::kTupleOut:
    case ScapField::kControl:
    case ScapField::kSockopt:
    case ScapField::kPollFds:
    case ScapField::kOpenedPath:
    case ScapField::kExePath:
    case ScapField::kExe:
    case ScapField::kArgs:
    case ScapField::kEnv:
    case ScapField::kComm:
    case ScapField::kCwd:
    case ScapField::kCount: return 0;
  }
  return 0;
}

std::string Encoder::field(ScapType type, ScapField field) const {
  const auto limited = [](std::string_view bytes) {
    return std::string(bytes.substr(0, kMaxParam_bytes));
  };
  switch (field) {
    case ScapField::kTupleIn: return tuple(true);
    case ScapField::kTupleOut: return tuple(false);
    case ScapField::kControl: {
      const Part* control = part(PartKind::kControl);
      return limited(control ? control->data : "");
    }
    case ScapField::kSockopt: return socket_option();
    case ScapField::kPollFds: return poll_list();
    case ScapField::kOpenedPath: {
      const Part* path = event_.part(kReturnArg, PartKind::kPath);
      return text_bytes(path ? path->data : "");
    }
    case ScapField::kExePath: return text_bytes(task_.exe_path);
    case ScapField::kExe: return text_bytes(task_.exe);
    case ScapField::kArgs: return limited(task_.args);
    case ScapField::kEnv: return limited(task_.env);
    case ScapField::kComm: return text_bytes(task_.comm);
    case ScapField::kCwd: return text_bytes(task_.cwd);
    default: return encode_number(type, number(field));
  }
}

}  // namespace

std::string encode_number(ScapType type, uint64_t value) {
  return bytes_of(value).substr(0, width_of(type));
}

uint8_t unknown_args(const Event& event) {
  const Part* part = event.part(kTaskArg, PartKind::kUnknownArgs);
  return part && !part->data.empty() ? uint8_t(part->data[0]) : 0;
}

ScapPair scap_pair(const Event& event) {
  const Descriptor& descriptor = *event.descriptor;
  const bool is_result_told =
      (event.flags & kInFlight) || !(unknown_args(event) >> kReturnArg & 1);
  const auto tells_result = [](const ScapEventInfo& info) {
    return std::ranges::count(info.params, ScapRole::kResult,
                              &ScapParam::role) != 0;
  };
  std::string_view name = descriptor.name;
  const auto* stand_in = std::ranges::find(kStandIns, name, &StandIn::call);
  if (stand_in != std::end(kStandIns)) name = stand_in->type;
  ScapPair pair{newest(name, false), newest(name, true)};
  if (descriptor.type.abi == Abi::kKernel) return {pair.entry, nullptr};
  if (!pair.entry || !pair.returning ||
      (!is_result_told && tells_result(*pair.returning)))
    pair = {find_scap_event(0), find_scap_event(1)};
  return pair;
}

size_t params_told(const ScapEventInfo& info, const ScapEventInfo* entry) {
  size_t count = info.params.size();
  const auto is_told_before = [&](const ScapParam& param) {
    return entry && std::ranges::any_of(entry->params, [&](const auto& told) {
             return told.name == param.name;
           });
  };
  if (!is_return(info.code)) return count;
  // The first tells the result, or which call it is.
  while (count > 1 && is_told_before(info.params[count - 1])) --count;
  return count;
}

std::vector<std::string> encode_params(const ScapEventInfo& info,
                                       const Event& event,
                                       const TaskFacts& task) {
  const Encoder encoder(event, task, is_return(info.code));
  std::vector<std::string> params;
  for (const ScapParam& param : info.params)
    params.push_back(encoder.encode(param));
  return params;
}

}  // namespace vestige
