// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/event_args.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "format/arg_text.h"
#include "format/errno_text.h"
#include "format/flag_text.h"
#include "format/sockaddr.h"
#include "replay/facts/sysdig_params.h"

namespace vestige {
namespace {

bool has_result(const EventView& view) {
  const Event& event = *view.event;
  return event.type.abi != Abi::kKernel && !(event.flags & kInFlight) &&
         event.is_told(kReturnArg);
}

void append_number(std::string& out, int64_t number) {
  const fmt::format_int text(number);
  out.append(text.data(), text.size());
}

void append_result(std::string& out, const Event& event) {
  const std::string_view name =
      is_error(event.ret) ? errno_name(int(-event.ret)) : std::string_view();
  if (name.empty()) return append_number(out, event.ret);
  out += name;
}

// In sysdig's order.
constexpr std::string_view kModeNames[] = {
    "S_IXOTH", "S_IWOTH", "S_IROTH", "S_IXGRP", "S_IWGRP", "S_IRGRP",
    "S_IXUSR", "S_IWUSR", "S_IRUSR", "S_ISVTX", "S_ISGID", "S_ISUID"};

void append_mode_names(std::string& out, uint32_t mode) {
  const size_t begin = out.size();
  for (size_t bit = 0; bit < std::size(kModeNames); ++bit) {
    if (!(mode >> bit & 1)) continue;
    if (out.size() != begin) out += '|';
    out += kModeNames[bit];
  }
  if (out.size() == begin) out += '0';
}

void append_spaced(std::string& out, std::string_view strings) {
  while (strings.ends_with('\0')) strings.remove_suffix(1);
  const auto begin = std::ptrdiff_t(out.size());
  out += strings;
  std::replace(out.begin() + begin, out.end(), '\0', ' ');
}

std::string spaced(std::string_view strings) {
  std::string out;
  append_spaced(out, strings);
  return out;
}

std::optional<std::string> id_text(uint32_t id) {
  return id == 0 ? "root" : std::to_string(id);
}

void append_endpoints(std::string& out, const ConnectionRow& row) {
  if (row.direction == Direction::kListening || !row.remote)
    return void(out += endpoint_text(row.local));
  // The client stands in front, whoever opened the socket.
  const bool is_incoming = row.direction == Direction::kIncoming;
  out += endpoint_text(is_incoming ? row.remote : row.local);
  out += "->";
  out += endpoint_text(is_incoming ? row.local : row.remote);
}

void append_fd_name(std::string& out, const OpenFile& file,
                    const ConnectionRow* connection) {
  if (file.kind != OpenFileKind::kSocket)
    out += file.path;
  else if (connection)
    append_endpoints(out, *connection);
}

void append_fd(std::string& out, const EventView& view, int32_t fd,
               uint8_t arg) {
  if (fd == AT_FDCWD) return void(out += "AT_FDCWD");
  const bool is_the_one = arg == view.fd_arg && view.file;
  if (is_the_one) {
    const char type = type_char(view, *view.file);
    out.append({'<', type ? type : '?', '>'});
    return append_fd_name(out, *view.file, view.connection);
  }
  if (const Part* path = view.event->part(arg, PartKind::kPath))
    out.append("<f>").append(path->data);
  else
    append_number(out, fd);
}

// The part that is the text of an argument: a string, payload, a list.
const Part* text_part(const Event& event, int arg) {
  const Part* found = nullptr;
  for (const Part& part : event.parts) {
    if (part.arg != arg) continue;
    if (part.kind == PartKind::kString) return &part;
    const bool is_first_of_its_kind = !found || part.kind != found->kind;
    if (part.kind == PartKind::kPayload && is_first_of_its_kind) found = &part;
    if (part.kind == PartKind::kStringArray && !found) found = &part;
  }
  return found;
}

// False: it was not told, and nothing is appended.
bool append_arg_value(std::string& out, const EventView& view, int index) {
  const Event& event = *view.event;
  if (const Part* part = text_part(event, index)) {
    if (part->kind == PartKind::kStringArray)
      append_spaced(out, part->data);
    else
      out += part->data;  // as it is, not quoted
    return true;
  }
  const auto is_its = [&](const Part& part) { return part.arg == index; };
  if (!event.is_told(uint8_t(index)) &&
      std::ranges::none_of(event.parts, is_its))
    return false;
  const uint64_t value = event.args[size_t(index)];
  switch (kind_of(*event.descriptor, event.args, index)) {
    case ArgKind::kFd:
    case ArgKind::kDirFd:
      append_fd(out, view, int32_t(value), uint8_t(index));
      return true;
    case ArgKind::kMode:
      if (event.descriptor->effect == Effect::kChmod)
        append_mode_names(out, uint32_t(value));
      else
        fmt::format_to(std::back_inserter(out), "{:#04o}", uint32_t(value));
      return true;
    case ArgKind::kUid:
    case ArgKind::kGid:
      if (uint32_t(value) == 0)
        out += "root";
      else
        append_number(out, int32_t(value));
      return true;
    case ArgKind::kSockaddrIn:
    case ArgKind::kSockaddrOut:
      if (!view.connection || !view.file) break;
      append_fd_name(out, *view.file, view.connection);
      return true;
    default: break;
  }
  append_arg(out, event, index, {0, 0});
  return true;
}

std::optional<std::string> arg_value(const EventView& view, int index) {
  std::string out;
  if (!append_arg_value(out, view, index)) return std::nullopt;
  return out;
}

std::optional<std::string> result_of(const EventView& view,
                                     ScapType type = ScapType::kI64) {
  if (!has_result(view)) return std::nullopt;
  const int64_t ret = view.event->ret;
  std::string out;
  if (type == ScapType::kFd && !is_error(ret))
    append_fd(out, view, int32_t(ret), kReturnArg);
  else
    append_result(out, *view.event);
  return out;
}

std::optional<std::string> tuple_of(const EventView& view) {
  if (!view.connection || !view.file) return std::nullopt;
  return fd_name(*view.file, view.connection);
}

// One of the two descriptors a call made.
std::optional<std::string> nth_fd(const EventView& view, uint8_t nth) {
  for (const Part& part : view.event->parts) {
    int32_t pair[2] = {};
    if (part.kind != PartKind::kFds || part.data.size() < sizeof pair) continue;
    std::memcpy(pair, part.data.data(), sizeof pair);
    return std::to_string(pair[nth & 1]);
  }
  return std::nullopt;
}

// What sysdig tells with calls that make or replace a process.
std::optional<std::string> process_value(const EventView& view,
                                         ScapField field) {
  if (!view.process) return std::nullopt;
  const ProcessRow& row = view.process->row;
  const size_t first = std::min(row.argv.find('\0'), row.argv.size());
  switch (field) {
    case ScapField::kExe: return std::string(row.argv.substr(0, first));
    case ScapField::kArgs:
      return spaced(row.argv.substr(std::min(first + 1, row.argv.size())));
    case ScapField::kEnv:
      return view.exe ? std::optional(spaced(view.exe->env)) : std::nullopt;
    case ScapField::kComm:
    case ScapField::kTid:
    case ScapField::kPid: return std::string(row.comm);
    case ScapField::kPtid:
      return view.ancestor(1)
                 ? std::optional<std::string>(view.ancestor(1)->row.comm)
                 : std::nullopt;
    case ScapField::kCwd: return std::string(row.cwd);
    case ScapField::kExePath: return std::string(row.exe);
    case ScapField::kPgid: return std::to_string(row.process_group);
    case ScapField::kVpid:
    case ScapField::kVtid: return std::to_string(row.ns_pid);
    case ScapField::kUid:
      return row.credentials_known ? id_text(row.credentials.euid)
                                   : std::nullopt;
    case ScapField::kGid:
      return row.credentials_known ? id_text(row.credentials.egid)
                                   : std::nullopt;
    default: return std::nullopt;
  }
}

std::optional<std::string> value_of(const EventView& view,
                                    const ScapParam& param) {
  switch (param.role) {
    case ScapRole::kSkip: return std::nullopt;
    case ScapRole::kResult: return result_of(view, param.type);
    case ScapRole::kFdPair: return nth_fd(view, param.detail);
    case ScapRole::kField: break;
    case ScapRole::kData:
      // What moved no bytes has empty data.
      if (has_result(view) && view.event->ret == 0) return "";
      return arg_value(view, param.arg);
    case ScapRole::kArg:
      // sysdig has no names for protocols.
      if (param.name == "proto")
        return std::to_string(view.event->args[param.arg]);
      return arg_value(view, param.arg);
    case ScapRole::kText:
    case ScapRole::kAddress:
    case ScapRole::kBytes:
    case ScapRole::kTimespec: return arg_value(view, param.arg);
  }
  const auto field = ScapField(param.detail);
  if (field == ScapField::kTupleIn || field == ScapField::kTupleOut)
    return tuple_of(view);
  if (field != ScapField::kFullSize) return process_value(view, field);
  for (const Part& part : view.event->parts)
    if (part.kind == PartKind::kPayload)
      return std::to_string(
          std::max<uint64_t>(part.full_size, part.data.size()));
  return std::nullopt;
}

std::string normalised(std::string_view base, std::string_view path) {
  std::string whole;
  if (!path.starts_with('/')) whole = std::string(base) + "/";
  whole += path;
  std::vector<std::string_view> parts;
  for (std::string_view rest = whole; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    if (part.empty() || part == ".") continue;
    if (part != "..")
      parts.push_back(part);
    else if (!parts.empty())
      parts.pop_back();
  }
  return fmt::format("/{}", fmt::join(parts, "/"));
}

// Where a relative path starts; empty when it is not known.
std::string_view base_of(const EventView& view, const Call::Path& path) {
  if (path.has_dirfd && path.dirfd != AT_FDCWD) {
    const int arg = path.arg > 0 ? path.arg - 1 : 0;
    const Part* part = view.event->part(uint8_t(arg), PartKind::kPath);
    return part ? part->data : std::string_view();
  }
  return view.process && view.process->directories
             ? view.process->directories->cwd
             : std::string_view();
}

}  // namespace

char type_char(const EventView& view, const OpenFile& file) {
  constexpr uint32_t kType = 0170000;
  constexpr uint32_t kDirectory = 0040000;
  switch (file.kind) {
    case OpenFileKind::kUnknown: return 0;
    case OpenFileKind::kPipe: return 'p';
    case OpenFileKind::kMemfd: return 'm';
    case OpenFileKind::kSocket:
      if (!view.connection || &file != view.file) return 0;
      switch (view.connection->family) {
        case AF_INET: return '4';
        case AF_INET6: return '6';
        case AF_UNIX: return 'u';
        case AF_NETLINK: return 'n';
        default: return 'o';
      }
    case OpenFileKind::kAnonymous: {
      constexpr std::pair<std::string_view, char> kKinds[] = {
          {"eventpoll", 'l'}, {"epoll", 'l'},       {"eventfd", 'e'},
          {"signalfd", 's'},  {"timerfd", 't'},     {"inotify", 'i'},
          {"io_uring", 'r'},  {"userfaultfd", 'y'}, {"bpf", 'b'},
          {"pidfd", 'P'}};
      for (const auto& [name, type] : kKinds)
        if (file.path.find(name) != file.path.npos) return type;
      return 'o';
    }
    case OpenFileKind::kFile: break;
  }
  const Part* part = view.event->part(view.fd_arg, PartKind::kFile);
  if (part && &file == view.file)
    return (read_part<FilePart>(*part).mode & kType) == kDirectory ? 'd' : 'f';
  return file.flags & O_DIRECTORY ? 'd' : 'f';
}

std::string_view type_name(char type) {
  switch (type) {
    case 'f': return "file";
    case 'd': return "directory";
    case '4': return "ipv4";
    case '6': return "ipv6";
    case 'u': return "unix";
    case 'n': return "netlink";
    case 'p': return "pipe";
    case 'e': return "event";
    case 's': return "signalfd";
    case 'l': return "eventpoll";
    case 'i': return "inotify";
    case 't': return "timerfd";
    case 'm': return "memfd";
    case 'b': return "bpf";
    case 'r': return "io_uring";
    case 'y': return "userfaultfd";
    case 'P': return "pidfd";
    case 'o': return "other";
    default: return "";
  }
}

std::string fd_name(const OpenFile& file, const ConnectionRow* connection) {
  std::string out;
  append_fd_name(out, file, connection);
  return out;
}

void append_all_args(std::string& out, const EventView& view) {
  const Event& event = *view.event;
  if (!event.descriptor) return;
  const size_t begin = out.size();
  const int count = shown_args(event);
  for (int i = 0; i < count; ++i) {
    if (i) out += ' ';
    out.append(event.descriptor->args[size_t(i)].name) += '=';
    if (!append_arg_value(out, view, i)) out += '?';
  }
  if (!has_result(view)) return;
  out += out.size() == begin ? "res=" : " res=";
  append_result(out, event);
}

std::optional<std::string> arg_by_index(const EventView& view, int index) {
  const Descriptor* call = view.event->descriptor;
  if (!call || index < 0 || index >= call->arg_count) return std::nullopt;
  return arg_value(view, index);
}

std::optional<std::string> arg_by_name(const EventView& view,
                                       std::string_view name) {
  const Event& event = *view.event;
  if (!event.descriptor) return std::nullopt;
  if (const int own = event.descriptor->arg_named(name); own >= 0)
    return arg_value(view, own);
  if (name == "res") return result_of(view);
  if (const ScapParam* theirs = sysdig_param(*event.descriptor, name))
    return value_of(view, *theirs);
  if (name == "fd" && event.descriptor->returns == ReturnKind::kFd)
    return result_of(view, ScapType::kFd);
  return std::nullopt;
}

std::optional<int64_t> raw_arg_by_name(const EventView& view,
                                       std::string_view name) {
  const Event& event = *view.event;
  if (!event.descriptor) return std::nullopt;
  const ScapParam* theirs = sysdig_param(*event.descriptor, name);
  const bool is_result =
      name == "res" || (theirs && theirs->role == ScapRole::kResult) ||
      (name == "fd" && event.descriptor->returns == ReturnKind::kFd);
  int index = event.descriptor->arg_named(name);
  if (index < 0 && is_result)
    return has_result(view) ? std::optional(event.ret) : std::nullopt;
  if (index < 0 && theirs && theirs->role == ScapRole::kArg)
    index = theirs->arg;
  if (index < 0 || !event.is_told(uint8_t(index))) return std::nullopt;
  return int64_t(event.args[size_t(index)]);
}

std::optional<std::string_view> passed_path(const EventView& view, int nth) {
  const auto path = Call(*view.event).path(nth);
  if (!path || !path->is_known) return std::nullopt;
  return path->text;
}

std::optional<std::string> absolute_path(const EventView& view, int nth) {
  if (!view.event->descriptor) return std::nullopt;
  const auto path = Call(*view.event).path(nth);
  if (!path) return std::nullopt;
  const uint8_t made = view.event->descriptor->returns == ReturnKind::kFd
                           ? kReturnArg
                           : path->arg;
  for (const uint8_t arg : {path->arg, made})
    if (const Part* part = view.event->part(arg, PartKind::kPath))
      return std::string(part->data);
  if (!path->is_known) return std::nullopt;
  const std::string_view base = base_of(view, *path);
  if (!path->text.starts_with('/') && base.empty()) return std::nullopt;
  return normalised(base, path->text);
}

}  // namespace vestige
