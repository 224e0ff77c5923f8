// SPDX-License-Identifier: Apache-2.0
//
// Fields of an event itself, and of the paths it names.
// {name, type, flags, width, title, doc, getter}: one line per field; without
// a getter a trace cannot answer it, and it never matches.
#include <fcntl.h>
#include <fmt/format.h>

#include "format/arg_text.h"
#include "format/errno_text.h"
#include "replay/call.h"
#include "replay/facts/category.h"
#include "replay/facts/event_args.h"
#include "replay/facts/getter.h"
#include "replay/facts/sysdig_params.h"
#include "replay/facts/time_text.h"

namespace vestige {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

int64_t since_first(const EventView& v) {
  return int64_t(v.event->time_ns - v.first_ns);
}
int64_t since_previous(const EventView& v) {
  return int64_t(v.event->time_ns - v.previous_ns);
}
bool has_duration(const EventView& v) {
  return v.event->flags & kHasEnter;
}
int64_t duration(const EventView& v) {
  return int64_t(v.event->duration_ns);
}

bool is_syscall(const EventView& v) {
  return v.event->type.abi != Abi::kKernel;
}

std::string_view type_text(const EventView& v) {
  return sysdig_name(*v.event->descriptor);
}

std::string_view category(const EventView& v) {
  return event_category(v);
}
Effect effect_of(const EventView& v) {
  return v.event->descriptor ? v.event->descriptor->effect : Effect::kNone;
}
bool is_input(const EventView& v) {
  const Effect effect = effect_of(v);
  return effect == Effect::kRead || effect == Effect::kReceive;
}
bool is_output(const EventView& v) {
  const Effect effect = effect_of(v);
  return effect == Effect::kWrite || effect == Effect::kSend;
}
bool is_io(const EventView& v) {
  return is_input(v) || is_output(v);
}
bool is_socket(const EventView& v) {
  return v.file && v.file->kind == OpenFileKind::kSocket;
}
bool has_result(const EventView& v) {
  return is_syscall(v) && !(v.event->flags & kInFlight) &&
         v.event->is_told(kReturnArg);
}
// Forks and execs stand for the calls that made them.
bool has_ended(const EventView& v) {
  const Effect effect = effect_of(v);
  return effect == Effect::kTaskFork || effect == Effect::kTaskExec ||
         (is_syscall(v) && !(v.event->flags & kInFlight));
}
bool is_failure(const EventView& v) {
  return has_result(v) && is_error(v.event->ret);
}

const Part* payload(const EventView& v) {
  for (const Part& part : v.event->parts)
    if (part.kind == PartKind::kPayload) return &part;
  return nullptr;
}

// What moved no bytes has empty data.
void add_payload(const EventView& v, FieldValues& out) {
  if (const Part* data = payload(v)) return out.add_text(data->data);
  if (is_io(v) && has_result(v) && v.event->ret == 0) out.add_text("");
}

std::string result_name(const EventView& v) {
  if (!is_error(v.event->ret)) return "SUCCESS";
  const std::string_view name = errno_name(int(-v.event->ret));
  return name.empty() ? std::to_string(v.event->ret) : std::string(name);
}

// format/io_uring.def: kernel events from this number on.
bool is_io_uring(const EventView& v) {
  constexpr uint32_t kFirstRequest = 300;
  return v.event->type.abi == Abi::kKernel &&
         v.event->type.number >= kFirstRequest;
}

void get_output_time(const EventView& v, std::string_view how,
                     FieldValues& out) {
  if (how.empty() || how == "h")
    return out.add_kept(time_text(v.unix_ns(), "%H:%M:%S", true));
  if (how == "a") return out.add_kept(seconds_text(v.unix_ns()));
  if (how == "r") return out.add_kept(seconds_text(since_first(v)));
  if (how == "D") return out.add_kept(seconds_text(since_previous(v)));
  if (how == "d")
    return out.add_kept(seconds_text(has_duration(v) ? duration(v) : 0));
}

bool is_open(const EventView& v) {
  return effect_of(v) == Effect::kOpen;
}
uint64_t open_flags(const EventView& v) {
  return Call(*v.event).open_flags();
}
uint32_t open_mode(const EventView& v) {
  return Call(*v.event).mode().value_or(0);
}

void add_args(const EventView& v, FieldValues& out) {
  std::string& text = out.keep();
  append_all_args(text, v);
  out.add_text(text);
}
void get_arg(const EventView& v, const FieldArgument& arg, FieldValues& out) {
  auto text =
      arg.index ? arg_by_index(v, int(*arg.index)) : arg_by_name(v, arg.text);
  if (text) out.add_kept(*std::move(text));
}
void get_raw_arg(const EventView& v, const FieldArgument& arg,
                 FieldValues& out) {
  if (const auto value = raw_arg_by_name(v, arg.text)) out.add_number(*value);
}

void get_path(const EventView& v, FieldValues& out, int nth, bool absolute) {
  if (absolute) {
    if (auto path = absolute_path(v, nth)) out.add_kept(*std::move(path));
  } else if (const auto path = passed_path(v, nth)) {
    out.add_text(*path);
  }
}

bool has_two_paths(const EventView& v) {
  switch (effect_of(v)) {
    case Effect::kRename:
    case Effect::kLink:
    case Effect::kMount: return true;
    default: return false;
  }
}
void get_source(const EventView& v, FieldValues& out, bool absolute) {
  if (has_two_paths(v)) return get_path(v, out, 0, absolute);
  if (effect_of(v) != Effect::kSymlink) return;
  if (auto target = arg_by_name(v, "target")) out.add_kept(*std::move(target));
}
void get_target(const EventView& v, FieldValues& out, bool absolute) {
  if (has_two_paths(v)) return get_path(v, out, 1, absolute);
  if (effect_of(v) == Effect::kSymlink) get_path(v, out, 0, absolute);
}

void get_abspath(const EventView& v, const FieldArgument& arg,
                 FieldValues& out) {
  const bool wants_second = arg.text == "dst" || arg.text == "newpath";
  get_path(v, out, wants_second ? 1 : 0, true);
}

enum class Failed { kFile, kNet, kMemory, kOther };
// What an event that failed was about, as evt.count.error.* has it.
Failed failed_on(const EventView& v) {
  switch (v.file ? type_char(v, *v.file) : 0) {
    case 'f':
    case 'd': return Failed::kFile;
    case '4':
    case '6':
    case 'u': return Failed::kNet;
    default: break;
  }
  if (!v.file && is_open(v)) return Failed::kFile;
  if (!v.file && effect_of(v) == Effect::kAccept) return Failed::kNet;
  return category(v) == "memory" ? Failed::kMemory : Failed::kOther;
}

bool has_part_flag(const EventView& v, uint8_t flag) {
  for (const Part& part : v.event->parts)
    if (part.flags & flag) return true;
  return false;
}

constexpr FieldInfo kFields[] = {
    {"evt.latency", FieldType::kRelTime, kPlain, 12, "Latency",
     "nanoseconds the call took, if the entry was recorded",
     GET_IF(has_duration(v), out.add_number(duration(v)))},
    {"evt.latency.s", FieldType::kRelTime, kPlain, 8, "s",
     "whole seconds the call took",
     GET_IF(has_duration(v), out.add_number(duration(v) / kSecond))},
    {"evt.latency.ns", FieldType::kRelTime, kPlain, 9, "ns",
     "nanoseconds of the second the call took",
     GET_IF(has_duration(v), out.add_number(duration(v) % kSecond))},
    {"evt.latency.quantized", FieldType::kUnsigned, kPlain, 10, "quantized",
     "never answered: not recorded", nullptr},
    {"evt.latency.human", FieldType::kText, kPlain, 10, "Latency",
     "how long the call took, with a unit",
     GET_IF(has_duration(v), out.add_kept(human_duration(duration(v))))},
    {"evt.deltatime", FieldType::kRelTime, kPlain, 12, "Delta",
     "nanoseconds since the event before",
     GET(out.add_number(since_previous(v)))},
    {"evt.deltatime.s", FieldType::kRelTime, kPlain, 8, "s",
     "whole seconds since the event before",
     GET(out.add_number(since_previous(v) / kSecond))},
    {"evt.deltatime.ns", FieldType::kRelTime, kPlain, 9, "ns",
     "nanoseconds of the second since the event before",
     GET(out.add_number(since_previous(v) % kSecond))},
    {"evt.outputtime", FieldType::kText, kArgAllowed, 18, "Time",
     "when it ended, UTC, with nanoseconds; with an argument, as option -t of "
     "sysdig has it: h; a since 1970, r since the first event, D since the "
     "event before, d how long the call took",
     GET(get_output_time(v, arg.text, out))},
    {"evt.dir", FieldType::kText, kPlain, 1, "",
     "< for calls that returned: a record is made when a call ends and has "
     "both sides; > for what has no end: calls in flight, kernel events",
     GET(out.add_text(has_ended(v) ? "<" : ">"))},
    {"evt.type", FieldType::kText, kPlain, 16, "Event",
     "name of the event, as sysdig calls it: openat, pread, procexit",
     GET_IF(v.event->descriptor, out.add_text(type_text(v)))},
    {"evt.type.is", FieldType::kUnsigned, kArgRequired, 1, "",
     "1 for events of the type given as argument, else 0",
     GET_IF(v.event->descriptor, out.add_number(type_text(v) == arg.text))},
    {"syscall.type", FieldType::kText, kPlain, 16, "Syscall",
     "name of the system call, as in man 2; none for other events",
     GET_IF(v.event->descriptor&& is_syscall(v),
            out.add_text(v.event->descriptor->name))},
    {"evt.category", FieldType::kText, kPlain, 10, "Category",
     "file, net, process, memory, ipc, signal, user, sleep, time, wait, "
     "io-read, io-write, io-other, system, other",
     GET_IF(v.event->descriptor, out.add_text(category(v)))},
    {"evt.cpu", FieldType::kSigned, kPlain, 3, "CPU", "CPU the call ended on",
     GET(out.add_number(v.event->cpu))},
    {"evt.args", FieldType::kText, kPlain, 60, "Arguments",
     "all arguments and the result as name=value",
     GET_IF(v.event->descriptor, add_args(v, out))},
    {"evt.arg", FieldType::kText, kArgRequired, 24, "Argument",
     "one argument as text, by name or number: evt.arg.flags, evt.arg[0]",
     GET(get_arg(v, arg, out))},
    {"evt.rawarg", FieldType::kSigned, kArgRequired, 12, "Argument",
     "one argument as the number passed, by name: evt.rawarg.fd",
     GET(get_raw_arg(v, arg, out))},
    {"evt.info", FieldType::kText, kPlain, 60, "Arguments",
     "all arguments and the result as name=value",
     GET_IF(v.event->descriptor, add_args(v, out))},
    {"evt.buffer", FieldType::kBytes, kPlain, 40, "Data",
     "data read, written, sent or received, and the text of links that were "
     "read, as far as captured",
     GET(add_payload(v, out))},
    {"evt.buflen", FieldType::kUnsigned, kPlain, 10, "Bytes",
     "bytes that moved",
     GET_IF(is_io(v) && v.event->ret >= 0, out.add_number(v.event->ret))},
    {"evt.res", FieldType::kText, kPlain, 12, "Result",
     "SUCCESS or the name of the error",
     GET_IF(has_result(v), out.add_kept(result_name(v)))},
    {"evt.rawres", FieldType::kSigned, kPlain, 8, "Result",
     "the value returned, -errno for an error",
     GET_IF(has_result(v), out.add_number(v.event->ret))},
    {"evt.failed", FieldType::kBool, kPlain, 5, "Failed",
     "the call returned an error", GET(out.add_bool(is_failure(v)))},
    {"evt.is_io", FieldType::kBool, kPlain, 5, "I/O",
     "bytes are read, written, sent or received", GET(out.add_bool(is_io(v)))},
    {"evt.is_io_read", FieldType::kBool, kPlain, 5, "Read",
     "bytes are read or received", GET(out.add_bool(is_input(v)))},
    {"evt.is_io_write", FieldType::kBool, kPlain, 5, "Write",
     "bytes are written or sent", GET(out.add_bool(is_output(v)))},
    {"evt.io_dir", FieldType::kText, kPlain, 5, "Dir",
     "read or write, for calls that move bytes",
     GET_IF(is_io(v), out.add_text(is_input(v) ? "read" : "write"))},
    {"evt.is_wait", FieldType::kBool, kPlain, 5, "Wait",
     "the call waits: poll, select, epoll_wait, ...",
     GET(out.add_bool(category(v) == "wait"))},
    {"evt.wait_latency", FieldType::kRelTime, kPlain, 12, "Waited",
     "nanoseconds waited",
     GET_IF(category(v) == "wait" && has_duration(v),
            out.add_number(duration(v)))},
    {"evt.is_syslog", FieldType::kBool, kPlain, 5, "Syslog",
     "a message is written to /dev/log",
     GET(out.add_bool(is_output(v) && v.file && v.file->path == "/dev/log"))},
    {"evt.count", FieldType::kUnsigned, kPlain, 1, "Count",
     "1, to be summed up", GET(out.add_number(1))},
    {"evt.count.error", FieldType::kUnsigned, kPlain, 1, "Errors",
     "1 for events that failed", GET_IF(is_failure(v), out.add_number(1))},
    {"evt.count.error.file", FieldType::kUnsigned, kPlain, 1, "Errors",
     "1 for events that failed on a file or in opening one",
     GET_IF(is_failure(v) && failed_on(v) == Failed::kFile, out.add_number(1))},
    {"evt.count.error.net", FieldType::kUnsigned, kPlain, 1, "Errors",
     "1 for events that failed on a socket",
     GET_IF(is_failure(v) && failed_on(v) == Failed::kNet, out.add_number(1))},
    {"evt.count.error.memory", FieldType::kUnsigned, kPlain, 1, "Errors",
     "1 for memory events that failed",
     GET_IF(is_failure(v) && failed_on(v) == Failed::kMemory,
            out.add_number(1))},
    {"evt.count.error.other", FieldType::kUnsigned, kPlain, 1, "Errors",
     "1 for other events that failed",
     GET_IF(is_failure(v) && failed_on(v) == Failed::kOther,
            out.add_number(1))},
    {"evt.count.exit", FieldType::kUnsigned, kPlain, 1, "Exits",
     "1 for calls that returned", GET_IF(has_ended(v), out.add_number(1))},
    {"evt.count.procinfo", FieldType::kUnsigned, kPlain, 10, "procinfo",
     "never answered: plug-ins and infrastructure events are not recorded",
     nullptr},
    {"evt.count.threadinfo", FieldType::kUnsigned, kPlain, 10, "threadinfo",
     "never answered: plug-ins and infrastructure events are not recorded",
     nullptr},
    {"evt.abspath", FieldType::kText, kArgAllowed, 40, "Path",
     "absolute path of the event; [src] and [dst] for calls with two",
     GET(get_abspath(v, arg, out))},
    {"evt.buflen.in", FieldType::kUnsigned, kPlain, 10, "Bytes",
     "bytes that moved, for in only",
     GET_IF(is_input(v) && v.event->ret >= 0, out.add_number(v.event->ret))},
    {"evt.buflen.out", FieldType::kUnsigned, kPlain, 10, "Bytes",
     "bytes that moved, for out only",
     GET_IF(is_output(v) && v.event->ret >= 0, out.add_number(v.event->ret))},
    {"evt.buflen.file", FieldType::kUnsigned, kPlain, 10, "Bytes",
     "bytes that moved, for file only",
     GET_IF(is_io(v) && !is_socket(v) && v.event->ret >= 0,
            out.add_number(v.event->ret))},
    {"evt.buflen.file.in", FieldType::kUnsigned, kPlain, 10, "Bytes",
     "bytes that moved, for file in only",
     GET_IF(is_input(v) && !is_socket(v) && v.event->ret >= 0,
            out.add_number(v.event->ret))},
    {"evt.buflen.file.out", FieldType::kUnsigned, kPlain, 10, "Bytes",
     "bytes that moved, for file out only",
     GET_IF(is_output(v) && !is_socket(v) && v.event->ret >= 0,
            out.add_number(v.event->ret))},
    {"evt.buflen.net", FieldType::kUnsigned, kPlain, 10, "Bytes",
     "bytes that moved, for net only",
     GET_IF(is_io(v) && is_socket(v) && v.event->ret >= 0,
            out.add_number(v.event->ret))},
    {"evt.buflen.net.in", FieldType::kUnsigned, kPlain, 10, "Bytes",
     "bytes that moved, for net in only",
     GET_IF(is_input(v) && is_socket(v) && v.event->ret >= 0,
            out.add_number(v.event->ret))},
    {"evt.buflen.net.out", FieldType::kUnsigned, kPlain, 10, "Bytes",
     "bytes that moved, for net out only",
     GET_IF(is_output(v) && is_socket(v) && v.event->ret >= 0,
            out.add_number(v.event->ret))},
    {"evt.is_open_read", FieldType::kBool, kPlain, 5, "Read",
     "opened for reading",
     GET(out.add_bool(is_open(v) && (open_flags(v) & O_ACCMODE) != O_WRONLY))},
    {"evt.is_open_write", FieldType::kBool, kPlain, 5, "Write",
     "opened for writing",
     GET(out.add_bool(is_open(v) && (open_flags(v) & O_ACCMODE) != O_RDONLY))},
    {"evt.infra.docker.name", FieldType::kText, kPlain, 10, "name",
     "never answered: plug-ins and infrastructure events are not recorded",
     nullptr},
    {"evt.infra.docker.container.id", FieldType::kText, kPlain, 10, "id",
     "never answered: plug-ins and infrastructure events are not recorded",
     nullptr},
    {"evt.infra.docker.container.name", FieldType::kText, kPlain, 10, "name",
     "never answered: plug-ins and infrastructure events are not recorded",
     nullptr},
    {"evt.infra.docker.container.image", FieldType::kText, kPlain, 10, "image",
     "never answered: plug-ins and infrastructure events are not recorded",
     nullptr},
    {"evt.is_open_exec", FieldType::kBool, kPlain, 5, "Exec",
     "created with permission to execute",
     GET(out.add_bool(is_open(v) && open_flags(v) & O_CREAT &&
                      open_mode(v) & 0111))},
    {"evt.is_open_create", FieldType::kBool, kPlain, 5, "Create",
     "opened so that the file is made if it is not there",
     GET(out.add_bool(is_open(v) &&
                      open_flags(v) & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))))},
    {"fs.path.name", FieldType::kText, kPlain, 40, "Path",
     "absolute path a call acts upon", GET(get_path(v, out, 0, true))},
    {"fs.path.nameraw", FieldType::kText, kPlain, 40, "Path",
     "path a call acts upon, as passed", GET(get_path(v, out, 0, false))},
    {"fs.path.source", FieldType::kText, kPlain, 40, "Source",
     "absolute path of what is renamed, linked or mounted",
     GET(get_source(v, out, true))},
    {"fs.path.sourceraw", FieldType::kText, kPlain, 40, "Source",
     "path of what is renamed, linked or mounted, as passed",
     GET(get_source(v, out, false))},
    {"fs.path.target", FieldType::kText, kPlain, 40, "Target",
     "absolute new path", GET(get_target(v, out, true))},
    {"fs.path.targetraw", FieldType::kText, kPlain, 40, "Target",
     "new path, as passed", GET(get_target(v, out, false))},
    {"evt.num", FieldType::kUnsigned, kPlain, 8, "#",
     "number of the event in the trace, from 1",
     GET_IF(v.number, out.add_number(int64_t(v.number)))},
    {"evt.time", FieldType::kText, kPlain, 18, "Time",
     "when it ended, UTC, with nanoseconds",
     GET(out.add_kept(time_text(v.unix_ns(), "%H:%M:%S", true)))},
    {"evt.time.s", FieldType::kText, kPlain, 18, "Time", "when it ended, UTC",
     GET(out.add_kept(time_text(v.unix_ns(), "%H:%M:%S", false)))},
    {"evt.time.iso8601", FieldType::kText, kPlain, 30, "Time",
     "when it ended, ISO 8601, UTC", GET(out.add_kept(iso8601(v.unix_ns())))},
    {"evt.datetime", FieldType::kText, kPlain, 18, "Time",
     "when it ended, UTC, with nanoseconds",
     GET(out.add_kept(time_text(v.unix_ns(), "%Y-%m-%d %H:%M:%S", true)))},
    {"evt.datetime.s", FieldType::kText, kPlain, 18, "Time",
     "when it ended, UTC",
     GET(out.add_kept(time_text(v.unix_ns(), "%Y-%m-%d %H:%M:%S", false)))},
    {"evt.rawtime", FieldType::kAbsTime, kPlain, 19, "Time",
     "when it ended, nanoseconds since 1970", GET(out.add_number(v.unix_ns()))},
    {"evt.rawtime.s", FieldType::kAbsTime, kPlain, 10, "Time",
     "when it ended, whole seconds since 1970",
     GET(out.add_number(v.unix_ns() / kSecond))},
    {"evt.rawtime.ns", FieldType::kAbsTime, kPlain, 9, "ns",
     "when it ended, nanoseconds of the second",
     GET(out.add_number(v.unix_ns() % kSecond))},
    {"evt.reltime", FieldType::kRelTime, kPlain, 16, "Since start",
     "nanoseconds since the first event", GET(out.add_number(since_first(v)))},
    {"evt.reltime.s", FieldType::kRelTime, kPlain, 10, "s",
     "whole seconds since the first event",
     GET(out.add_number(since_first(v) / kSecond))},
    {"evt.reltime.ns", FieldType::kRelTime, kPlain, 9, "ns",
     "nanoseconds of the second since the first event",
     GET(out.add_number(since_first(v) % kSecond))},
    {"evt.pluginname", FieldType::kText, kPlain, 10, "pluginname",
     "never answered: plug-ins and infrastructure events are not recorded",
     nullptr},
    {"evt.plugininfo", FieldType::kText, kPlain, 10, "plugininfo",
     "never answered: plug-ins and infrastructure events are not recorded",
     nullptr},
    {"evt.source", FieldType::kText, kPlain, 8, "Source", "always \"syscall\"",
     GET(out.add_text("syscall"))},
    {"evt.is_async", FieldType::kBool, kPlain, 5, "Async", "always false",
     GET(out.add_bool(false))},
    {"evt.asynctype", FieldType::kText, kPlain, 10, "asynctype",
     "never answered: plug-ins and infrastructure events are not recorded",
     nullptr},
    {"evt.hostname", FieldType::kText, kPlain, 16, "Host",
     "the machine the trace was recorded on",
     GET(out.add_text(v.header->host_name))},
    {"util.cnt", FieldType::kUnsigned, kPlain, 10, "cnt",
     "never answered: a counter of the tool, not of the trace", nullptr},
    {"evt.duration", FieldType::kRelTime, kPlain, 12, "Duration",
     "nanoseconds from entry to end, if the entry was recorded",
     GET_IF(has_duration(v), out.add_number(duration(v)))},
    {"evt.in_flight", FieldType::kBool, kPlain, 5, "In flight",
     "the call had not returned when the task died or the capture ended",
     GET(out.add_bool(v.event->flags& kInFlight))},
    {"evt.io_uring", FieldType::kBool, kPlain, 8, "io_uring",
     "a request to io_uring, which no syscall tells of",
     GET(out.add_bool(is_io_uring(v)))},
    {"evt.abi", FieldType::kText, kPlain, 7, "ABI",
     "x86_64, arm64, i386, x32 or kernel",
     GET(out.add_text(abi_name(v.event->type.abi)))},
    {"evt.effect", FieldType::kText, kPlain, 10, "Effect",
     "what the event does to processes, files and sockets",
     GET_IF(v.event->descriptor,
            out.add_text(effect_name(v.event->descriptor->effect)))},
    {"evt.position", FieldType::kText, kPlain, 10, "Position",
     "where the event stands in the trace: chunk:index",
     GET(out.add_kept(fmt::format("{}:{}", v.at.chunk, v.at.index)))},
    {"evt.text", FieldType::kText, kPlain, 80, "Event",
     "the whole event as strace writes it; printable",
     GET(out.add_kept(event_text(*v.event)))},
    {"evt.truncated", FieldType::kBool, kPlain, 5, "Cut",
     "a string or data was longer than what was captured",
     GET(out.add_bool(has_part_flag(v, kPartTruncated)))},
    {"evt.fault", FieldType::kBool, kPlain, 5, "Fault",
     "memory of the program could not be read",
     GET(out.add_bool(has_part_flag(v, kPartFault)))},
    {"evt.redacted", FieldType::kBool, kPlain, 5, "Redacted",
     "something in it was taken out on purpose: see vestige redact",
     GET(out.add_bool(has_part_flag(v, kPartRedacted)))},
    {"evt.created", FieldType::kBool, kPlain, 5, "Created",
     "the call made the file it names",
     GET(out.add_bool(has_part_flag(v, kPartCreated)))},
    {"evt.late", FieldType::kBool, kPlain, 5, "Late",
     "a string was read at the end of the call and may have changed",
     GET(out.add_bool(has_part_flag(v, kPartLate)))},
    {"evt.changed", FieldType::kBool, kPlain, 7, "Changed",
     "a string was another one when the call returned than when it was entered",
     GET(out.add_bool(has_part_flag(v, kPartChanged)))},
    {"evt.other_name", FieldType::kBool, kPlain, 10, "Other name",
     "what was opened has another name than the one asked for: a link was "
     "followed, or the argument was changed",
     GET(out.add_bool(has_part_flag(v, kPartOtherName)))},
};

}  // namespace

std::span<const FieldInfo> event_fields() {
  return kFields;
}

}  // namespace vestige
