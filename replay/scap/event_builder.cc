// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/event_builder.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "replay/scap/byte_cursor.h"
#include "replay/scap/codings.h"
#include "replay/scap/process_blocks.h"

namespace vestige {
namespace {

constexpr uint8_t kKnownReturn = 1 << kReturnArg;
constexpr uint64_t kSecond_ns = 1'000'000'000;
constexpr uint64_t kMicrosecond_ns = 1'000;
// What drivers write for a string they could not read, and for no string.
constexpr std::string_view kNotReadable = "<NA>";
constexpr std::string_view kNullPointer = "(NULL)";

bool is_signed(ScapType type) {
  switch (type) {
    case ScapType::kI8:
    case ScapType::kI16:
    case ScapType::kI32:
    case ScapType::kI64:
    case ScapType::kFd:
    case ScapType::kPid: return true;
    case ScapType::kU8:
    case ScapType::kU16:
    case ScapType::kU32:
    case ScapType::kU64:
    case ScapType::kText:
    case ScapType::kBytes:
    case ScapType::kSockaddr:
    case ScapType::kTuple:
    case ScapType::kFdList:
    case ScapType::kDyn: return false;
  }
  return false;
}

// The file's width counts: some parameters grew over the years.
std::optional<uint64_t> number_in(ScapType type, std::string_view bytes) {
  if (type == ScapType::kDyn && !bytes.empty()) bytes.remove_prefix(1);
  ByteCursor cursor(bytes);
  const bool has_sign = is_signed(type);
  switch (bytes.size()) {
    case 1:
      return has_sign ? uint64_t(cursor.number<int8_t>())
                      : cursor.number<uint8_t>();
    case 2:
      return has_sign ? uint64_t(cursor.number<int16_t>())
                      : cursor.number<uint16_t>();
    case 4:
      return has_sign ? uint64_t(cursor.number<int32_t>())
                      : cursor.number<uint32_t>();
    case 8: return cursor.number<uint64_t>();
    default: return std::nullopt;
  }
}

std::string_view without_nul(std::string_view bytes) {
  return bytes.substr(0, bytes.find('\0'));
}

template <typename T>
std::string_view view_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

bool is_error(int64_t ret) {
  return ret < 0 && ret >= -4095;
}

}  // namespace

void EventBuilder::start(const Descriptor& descriptor) {
  event_ = {};
  event_.type = descriptor.type;
  event_.descriptor = &descriptor;
  parts_.clear();
  kept_.clear();
  fields_ = {};
  asked_poll_.reset();
  fd_pair_ = {};
  open_flags_ = 0;
  known_ = 0;
}

void EventBuilder::add(const ScapEventInfo& info, const ScapEvent& event) {
  if (const auto asked = bytes(ScapField::kPollFds)) asked_poll_ = asked;
  const size_t count = std::min(info.params.size(), event.params.size());
  for (size_t i = 0; i < count; ++i) take(info.params[i], event.params[i]);
}

void EventBuilder::set_arg(int arg, uint64_t value) {
  if (arg < 0 || arg >= kMaxArgs) return;
  event_.args[arg] = value;
  known_ |= uint8_t(1 << arg);
}

std::string_view EventBuilder::keep(std::string bytes) {
  return kept_.emplace_back(std::move(bytes));
}

const Part* EventBuilder::find(PartKind kind, uint8_t arg) const {
  const auto found = std::ranges::find_if(parts_, [&](const Part& part) {
    return part.kind == kind && part.arg == arg;
  });
  return found == parts_.end() ? nullptr : &*found;
}

Part* EventBuilder::find(PartKind kind, uint8_t arg) {
  return const_cast<Part*>(std::as_const(*this).find(kind, arg));
}

void EventBuilder::add_part(PartKind kind, uint8_t arg, std::string_view data,
                            uint8_t flags) {
  Part* part = find(kind, arg);
  if (!part) part = &parts_.emplace_back();
  *part = {kind, arg, flags, data.size(), data};
}

void EventBuilder::take(const ScapParam& param, std::string_view bytes) {
  const auto number = number_in(param.type, bytes);
  switch (param.role) {
    case ScapRole::kSkip: return;
    case ScapRole::kResult:
      if (!number) return;
      event_.ret = int64_t(*number);
      known_ |= kKnownReturn;
      return;
    case ScapRole::kArg: {
      if (!number) return;
      const auto coding = ScapCoding(param.detail);
      if (coding == ScapCoding::kOpen) open_flags_ = *number;
      if (const auto value = from_scap(coding, *number))
        set_arg(param.arg, *value);
      return;
    }
    case ScapRole::kText: return take_text(param.arg, bytes);
    case ScapRole::kData:
      if (!bytes.empty()) add_part(PartKind::kPayload, param.arg, bytes);
      return;
    case ScapRole::kAddress:
      if (const auto end = read_scap_address(bytes))
        add_part(PartKind::kSockaddr, param.arg, keep(sockaddr_of(*end)));
      return;
    case ScapRole::kBytes: return put_bytes(param.arg, param.detail, bytes);
    case ScapRole::kTimespec: {
      const uint64_t ns = number.value_or(0);
      const uint64_t parts[] = {ns / kSecond_ns, ns % kSecond_ns};
      if (number) put_bytes(param.arg, 0, view_of(parts));
      return;
    }
    case ScapRole::kFdPair:
      if (number) fd_pair_[param.detail & 1] = int32_t(*number);
      return;
    case ScapRole::kField:
      fields_[param.detail] = Told{param.type, bytes};
      return;
  }
}

void EventBuilder::take_text(uint8_t arg, std::string_view bytes) {
  const std::string_view text = without_nul(bytes);
  if (text == kNullPointer) return set_arg(arg, 0);
  if (text == kNotReadable)
    return add_part(PartKind::kString, arg, {}, kPartFault);
  add_part(PartKind::kString, arg, text);
}

void EventBuilder::put_bytes(uint8_t arg, size_t at, std::string_view bytes) {
  const Part* part = find(PartKind::kBytes, arg);
  std::string value(part ? part->data : std::string_view{});
  value.resize(std::max(value.size(), at + bytes.size()));
  value.replace(at, bytes.size(), bytes);
  add_part(PartKind::kBytes, arg, keep(std::move(value)));
}

std::optional<std::string_view> EventBuilder::bytes(ScapField field) const {
  const auto& told = fields_[size_t(field)];
  if (!told) return std::nullopt;
  return told->bytes;
}

std::optional<uint64_t> EventBuilder::number(ScapField field) const {
  const auto& told = fields_[size_t(field)];
  return told ? number_in(told->type, told->bytes) : std::nullopt;
}

std::string_view EventBuilder::text(ScapField field) const {
  return without_nul(bytes(field).value_or(""));
}

std::string_view EventBuilder::path_asked() const {
  const int arg = arg_of(ArgKind::kPath);
  const Part* part = find(PartKind::kString, uint8_t(arg));
  return arg >= 0 && part ? part->data : std::string_view{};
}

Event& EventBuilder::finish() {
  finish_sockets();
  finish_socket_option();
  finish_poll();
  finish_opened_file();
  finish_structs();
  finish_exit();
  finish_payload();
  mark_unknown();
  event_.parts = parts_;
  return event_;
}

void EventBuilder::finish_sockets() {
  finish_tuple(ScapField::kTupleOut, false);
  finish_tuple(ScapField::kTupleIn, true);
  if (const auto control = bytes(ScapField::kControl);
      control && !control->empty())
    add_part(PartKind::kControl, uint8_t(arg_of(ArgKind::kMsghdrOut)),
             *control);
  const int pair = arg_of(ArgKind::kFdPair);
  if (pair >= 0 && fd_pair_[0] && fd_pair_[1] && !is_error(event_.ret)) {
    const int32_t fds[] = {*fd_pair_[0], *fd_pair_[1]};
    add_part(PartKind::kFds, uint8_t(pair), keep(std::string(view_of(fds))));
  }
}

// Who sends is the source: the peer of what comes in.
void EventBuilder::finish_tuple(ScapField field, bool is_inbound) {
  const auto told = bytes(field);
  const auto tuple = told ? read_scap_tuple(*told) : std::nullopt;
  if (!tuple) return;
  const Effect effect = event_.descriptor->effect;
  const ScapEnd& local = is_inbound ? tuple->destination : tuple->source;
  ScapEnd peer = is_inbound ? tuple->source : tuple->destination;
  if (peer.path.empty()) peer.path = tuple->destination.path;
  int address =
      arg_of(is_inbound ? ArgKind::kSockaddrOut : ArgKind::kSockaddrIn);
  for (const ArgKind kind : {ArgKind::kMsghdrIn, ArgKind::kMsghdrOut,
                             ArgKind::kMmsghdrIn, ArgKind::kMmsghdrOut})
    if (address < 0) address = arg_of(kind);
  const bool is_named = peer.family != AF_UNIX || !peer.path.empty();
  if (address >= 0 && is_named && !find(PartKind::kSockaddr, uint8_t(address)))
    add_part(PartKind::kSockaddr, uint8_t(address), keep(sockaddr_of(peer)));
  // Only connect and accept say that the peer is the socket's own; a message
  // may name any.
  const bool is_own = effect == Effect::kConnect || effect == Effect::kAccept;
  const bool is_refused = is_error(event_.ret) && event_.ret != -EINPROGRESS;
  if (effect == Effect::kConnect && is_refused) return;
  const uint8_t socket = effect == Effect::kAccept ? kReturnArg : 0;
  ScapEnd nobody{.family = local.family};
  add_struct(PartKind::kSocket, socket,
             socket_of(local, is_own ? peer : nobody));
}

void EventBuilder::finish_socket_option() {
  enum Kind : uint8_t { kRaw, kErrno, kU32, kU64, kTime };
  const auto told = bytes(ScapField::kSockopt);
  int arg = arg_of(ArgKind::kSockoptIn);
  if (arg < 0) arg = arg_of(ArgKind::kSockoptOut);
  if (!told || told->size() < 2 || arg < 0) return;
  const auto kind = Kind(told->front());
  const std::string_view value = told->substr(1);
  const auto number = number_in(ScapType::kU64, value);
  if (kind == kErrno && number) {
    const auto error = int32_t(-int64_t(*number));
    return put_bytes(uint8_t(arg), 0, view_of(error));
  }
  if (kind == kTime && number) {
    const uint64_t parts[] = {*number / kSecond_ns,
                              *number % kSecond_ns / kMicrosecond_ns};
    return put_bytes(uint8_t(arg), 0, view_of(parts));
  }
  put_bytes(uint8_t(arg), 0, value);
}

// What was waited for comes with the entry, what happened with the return.
void EventBuilder::finish_poll() {
  const auto told = bytes(ScapField::kPollFds);
  const int arg = arg_of(ArgKind::kPollfds);
  if (!told || arg < 0) return;
  std::vector<pollfd> fds;
  const auto read = [&](std::string_view list, short pollfd::*events) {
    ByteCursor cursor(list);
    for (uint16_t left = cursor.number<uint16_t>(); left > 0; --left) {
      const auto fd = int(cursor.number<int64_t>());
      const auto bits = from_scap(ScapCoding::kPoll, cursor.number<uint16_t>());
      if (!cursor.ok()) return;
      auto at = std::ranges::find(fds, fd, &pollfd::fd);
      if (at == fds.end()) at = fds.insert(at, pollfd{.fd = fd});
      (*at).*events = short(bits.value_or(0));
    }
  };
  if (asked_poll_) read(*asked_poll_, &pollfd::events);
  read(*told, known_ & kKnownReturn ? &pollfd::revents : &pollfd::events);
  put_bytes(
      uint8_t(arg), 0,
      {reinterpret_cast<const char*>(fds.data()), fds.size() * sizeof(pollfd)});
}

void EventBuilder::finish_opened_file() {
  if (const auto flags = number(ScapField::kHowFlags)) open_flags_ = *flags;
  if (!(known_ & kKnownReturn) || is_error(event_.ret)) return;
  if (const std::string_view path = text(ScapField::kOpenedPath); !path.empty())
    add_part(PartKind::kPath, kReturnArg, path);
  const uint64_t inode = number(ScapField::kInode).value_or(0);
  if (inode == 0) return;
  const auto dev = uint32_t(number(ScapField::kDevice).value_or(0));
  FilePart file{};
  file.inode = inode;
  file.dev_major = scap_dev_major(dev);
  file.dev_minor = scap_dev_minor(dev);
  file.nlink = 1;  // not told; it was opened by a name
  const uint64_t bits =
      open_flags_ | number(ScapField::kCreateFlags).value_or(0);
  if (bits & kScapUpperLayer) file.layer = Layer::kUpper;
  if (bits & kScapLowerLayer) file.layer = Layer::kLower;
  add_struct(PartKind::kFile, kReturnArg, file);
  if (bits & kScapCreated)
    find(PartKind::kFile, kReturnArg)->flags |= kPartCreated;
}

void EventBuilder::finish_structs() {
  const auto put = [&](ScapField field, ScapCoding coding, ArgKind kind,
                       size_t at) {
    const auto told = number(field);
    const auto value = told ? from_scap(coding, *told) : std::nullopt;
    if (value && arg_of(kind) >= 0)
      put_bytes(uint8_t(arg_of(kind)), at, view_of(*value));
  };
  // struct open_how; the first member of struct clone_args
  put(ScapField::kHowFlags, ScapCoding::kOpen, ArgKind::kOpenHow, 0);
  put(ScapField::kHowMode, ScapCoding::kPlain, ArgKind::kOpenHow, 8);
  put(ScapField::kHowResolve, ScapCoding::kResolve, ArgKind::kOpenHow, 16);
  put(ScapField::kCloneFlags, ScapCoding::kClone, ArgKind::kCloneArgs, 0);
  if (const auto flags = number(ScapField::kCloneFlags))
    if (const auto value = from_scap(ScapCoding::kClone, *flags))
      set_arg(arg_of(ArgKind::kCloneFlags), *value);
  if (event_.descriptor->name != "capset") return;
  // Two struct __user_cap_data_struct: the low and the high 32 bits of each.
  constexpr ScapField kSets[] = {ScapField::kCapEffective,
                                 ScapField::kCapPermitted,
                                 ScapField::kCapInheritable};
  uint32_t data[2][3] = {};
  for (size_t i = 0; i < 3; ++i) {
    const auto set = number(kSets[i]);
    if (!set) return;
    data[0][i] = uint32_t(*set);
    data[1][i] = uint32_t(*set >> 32);
  }
  put_bytes(1, 0, view_of(data));
}

void EventBuilder::finish_payload() {
  const auto told_size = number(ScapField::kFullSize);
  const bool has_size = event_.descriptor->returns == ReturnKind::kSize &&
                        (known_ & kKnownReturn) && event_.ret > 0;
  // Filled by the kernel, and only by calls that succeed.
  if ((known_ & kKnownReturn) && is_error(event_.ret))
    std::erase_if(parts_, [&](const Part& part) {
      if (part.kind != PartKind::kBytes || part.arg >= kMaxArgs) return false;
      const ArgKind kind = event_.descriptor->args[part.arg].kind;
      return info(kind).capture == CaptureClass::kUserStructOut;
    });
  for (Part& part : parts_) {
    if (part.kind != PartKind::kPayload) continue;
    uint64_t full_size = part.full_size;
    if (has_size)
      full_size = uint64_t(event_.ret);
    else if (told_size)
      full_size = *told_size;
    if (full_size <= part.data.size()) continue;
    part.full_size = full_size;
    part.flags |= kPartTruncated;
  }
}

// Old captures tell how a task ended as wait(2) does, in one number.
void EventBuilder::finish_exit() {
  const auto status = number(ScapField::kExitStatus);
  if (!status || (known_ & 1)) return;
  set_arg(0, *status >> 8 & 0xff);
  set_arg(1, *status & 0x7f);
  set_arg(2, *status >> 7 & 1);
}

void EventBuilder::mark_unknown() {
  const Descriptor& descriptor = *event_.descriptor;
  uint8_t known = known_;
  for (const Part& part : parts_)
    if (part.arg < kMaxArgs) known |= uint8_t(1 << part.arg);
  auto wanted = uint8_t((1 << descriptor.arg_count) - 1);
  if (descriptor.returns != ReturnKind::kNone) wanted |= kKnownReturn;
  const auto unknown = uint8_t(wanted & ~known);
  if (unknown != 0) add_struct(PartKind::kUnknownArgs, kTaskArg, unknown);
}

}  // namespace vestige
