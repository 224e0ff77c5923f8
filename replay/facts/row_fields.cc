// SPDX-License-Identifier: Apache-2.0
//
// Fields of rows: what all events of a process, a file, a connection or a
// finding come to. Those of connections have values for events on sockets,
// too.
// {name, type, flags, width, title, doc, getter}: one line per field.
#include <fmt/format.h>

#include "format/errno_text.h"
#include "replay/facts/getter.h"
#include "replay/facts/time_text.h"
#include "replay/state/process_tree.h"

namespace vestige {
namespace {

void add_time(const EventView& v, uint64_t boot_ns, FieldValues& out) {
  if (boot_ns != 0) out.add_kept(iso8601(v.unix_ns(boot_ns)));
}
void add_if(FieldValues& out, std::string_view text) {
  if (!text.empty()) out.add_text(text);
}

std::string error_text(int error) {
  if (error == 0) return "SUCCESS";
  const std::string_view name = errno_name(error);
  return name.empty() ? fmt::format("E{}", error) : std::string(name);
}

bool has_end(const EventView& v, ProcessEnd how) {
  return v.process && v.process->row.end == how;
}
const Process* killer(const EventView& v) {
  if (!has_end(v, ProcessEnd::kKilled) || !v.tree) return nullptr;
  return v.tree->get(v.process->row.killed_by);
}
bool has_mode(const EventView& v) {
  return v.file_row && v.file_row->has_mode;
}
const ConnectionRow* connection(const EventView& v) {
  return v.connection;
}

void add_endpoint(const Endpoint& end, FieldValues& out) {
  if (end) out.add_kept(endpoint_text(end));
}

constexpr FieldInfo kFields[] = {
    {"row.kind", FieldType::kText, kPlain, 11, "Kind",
     "events, processes, files, connections, messages or findings",
     GET(out.add_text(info(v.kind).text))},
    {"row.first", FieldType::kAbsTime, kPlain, 19, "First",
     "when it was first so, nanoseconds since 1970",
     GET_IF(v.seen, out.add_number(v.unix_ns(v.seen->first_ns)))},
    {"row.last", FieldType::kAbsTime, kPlain, 19, "Last",
     "when it was last so, nanoseconds since 1970",
     GET_IF(v.seen, out.add_number(v.unix_ns(v.seen->last_ns)))},
    {"row.first.iso8601", FieldType::kText, kPlain, 30, "First",
     "when it was first so, ISO 8601, UTC",
     GET_IF(v.seen, add_time(v, v.seen->first_ns, out))},
    {"row.last.iso8601", FieldType::kText, kPlain, 30, "Last",
     "when it was last so, ISO 8601, UTC",
     GET_IF(v.seen, add_time(v, v.seen->last_ns, out))},
    {"row.count", FieldType::kUnsigned, kPlain, 8, "Count",
     "how many events the row stands for",
     GET_IF(v.seen, out.add_number(int64_t(v.seen->count)))},
    {"proc.parent", FieldType::kUnsigned, kPlain, 6, "Parent",
     "id of the parent in the trace, never reused: see proc.id",
     GET_IF(v.process&& v.process->row.parent != ProcessId::kNone,
            out.add_number(uint32_t(v.process->row.parent)))},
    {"proc.start.iso8601", FieldType::kText, kPlain, 30, "Start",
     "when the process began, ISO 8601, UTC",
     GET_IF(v.process, add_time(v, v.process->row.start_ns, out))},
    {"proc.end.iso8601", FieldType::kText, kPlain, 30, "End",
     "when the process ended, ISO 8601, UTC",
     GET_IF(v.process, add_time(v, v.process->row.end_ns, out))},
    {"proc.exit_code", FieldType::kUnsigned, kPlain, 4, "Exit",
     "exit code of a process that ended by itself",
     GET_IF(has_end(v, ProcessEnd::kExited),
            out.add_number(v.process->row.exit_code))},
    {"proc.exit_signal", FieldType::kText, kPlain, 8, "Signal",
     "signal that ended the process",
     GET_IF(has_end(v, ProcessEnd::kKilled),
            out.add_kept(signal_name(v.process->row.exit_signal)))},
    {"proc.killer", FieldType::kUnsigned, kPlain, 7, "Killer",
     "pid of who sent the signal that ended the process: inferred",
     GET_IF(killer(v), out.add_number(killer(v)->row.pid))},
    {"proc.killer.name", FieldType::kText, kPlain, 15, "Killer",
     "name of who sent the signal that ended the process: inferred",
     GET_IF(killer(v), out.add_text(killer(v)->row.comm))},
    {"proc.is_selected", FieldType::kBool, kPlain, 5, "Selected",
     "the process was recorded; else it is told for context only",
     GET_IF(v.process, out.add_bool(v.process->row.is_selected))},
    {"file.op", FieldType::kText, kPlain, 10, "Operation",
     "what was done: open, create, read, write, delete, rename, exec, ...",
     GET_IF(v.file_row, out.add_text(file_op_text(v.file_row->op)))},
    {"file.path", FieldType::kText, kPlain, 40, "Path",
     "absolute path, symlinks resolved as far as known",
     GET_IF(v.file_row, add_if(out, v.file_row->path))},
    {"file.requested", FieldType::kText, kPlain, 40, "Requested",
     "the path as asked for, where it differs",
     GET_IF(v.file_row, add_if(out, v.file_row->requested))},
    {"file.to", FieldType::kText, kPlain, 40, "To",
     "new path of rename and link; what a symlink says",
     GET_IF(v.file_row, add_if(out, v.file_row->to))},
    {"file.result", FieldType::kText, kPlain, 8, "Result",
     "SUCCESS or the name of the error",
     GET_IF(v.file_row, out.add_kept(error_text(v.file_row->error)))},
    {"file.bytes", FieldType::kUnsigned, kPlain, 10, "Bytes",
     "bytes that moved, all times together",
     GET_IF(v.file_row, out.add_number(int64_t(v.file_row->bytes)))},
    {"file.mode", FieldType::kText, kPlain, 5, "Mode",
     "permission bits given by create, mkdir, mknod or chmod, octal",
     GET_IF(has_mode(v),
            out.add_kept(fmt::format("0{:03o}", v.file_row->mode)))},
    {"file.deleted", FieldType::kBool, kPlain, 5, "Deleted",
     "the file had no name left when it was acted upon",
     GET_IF(v.file_row, out.add_bool(v.file_row->is_deleted))},
    {"conn.id", FieldType::kUnsigned, kPlain, 6, "Conn",
     "id of the connection in the trace, as `vestige net` shows it",
     GET_IF(connection(v), out.add_number(uint32_t(v.connection->id)))},
    {"conn.direction", FieldType::kText, kPlain, 9, "Direction",
     "outgoing, incoming, listening or unknown",
     GET_IF(connection(v),
            out.add_text(direction_text(v.connection->direction)))},
    {"conn.protocol", FieldType::kText, kPlain, 8, "Protocol",
     "tcp, udp, icmp, stream, dgram, ...",
     GET_IF(connection(v),
            out.add_text(protocol_text(v.connection->family, v.connection->type,
                                       v.connection->protocol)))},
    {"conn.family", FieldType::kText, kPlain, 6, "Family",
     "inet, inet6, unix, netlink, ...",
     GET_IF(connection(v), out.add_text(family_text(v.connection->family)))},
    {"conn.local", FieldType::kText, kPlain, 24, "Local",
     "this end: address and port, or the path of a Unix socket",
     GET_IF(connection(v), add_endpoint(v.connection->local, out))},
    {"conn.remote", FieldType::kText, kPlain, 24, "Remote", "the other end",
     GET_IF(connection(v), add_endpoint(v.connection->remote, out))},
    {"conn.remote_name", FieldType::kText, kPlain, 30, "Name",
     "name whose DNS answer in the trace gave the address, inferred",
     GET_IF(connection(v), add_if(out, v.connection->remote_name))},
    {"conn.established", FieldType::kBool, kPlain, 5, "Est",
     "the two ends were connected",
     GET_IF(connection(v), out.add_bool(v.connection->is_established))},
    {"conn.result", FieldType::kText, kPlain, 12, "Result",
     "outcome of the last connect: SUCCESS or the name of the error",
     GET_IF(connection(v), out.add_kept(error_text(v.connection->error)))},
    {"conn.bytes_sent", FieldType::kUnsigned, kPlain, 10, "Sent",
     "bytes sent over the connection",
     GET_IF(connection(v), out.add_number(int64_t(v.connection->bytes_sent)))},
    {"conn.bytes_received", FieldType::kUnsigned, kPlain, 10, "Received",
     "bytes received over the connection",
     GET_IF(connection(v),
            out.add_number(int64_t(v.connection->bytes_received)))},
    {"conn.certainty", FieldType::kText, kPlain, 9, "Certainty",
     "how the two ends are known: observed, inferred, unknown",
     GET_IF(connection(v),
            out.add_text(certainty_text(v.connection->certainty)))},
    {"msg.kind", FieldType::kText, kPlain, 13, "Message",
     "dns-query, dns-answer, http-request, http-response or tls-hello",
     GET_IF(v.message, out.add_text(message_kind_text(v.message->kind)))},
    {"msg.sent", FieldType::kBool, kPlain, 5, "Sent",
     "the process sent it; else it received it",
     GET_IF(v.message, out.add_bool(v.message->is_sent))},
    {"msg.name", FieldType::kText, kPlain, 30, "Name",
     "DNS name, HTTP host or TLS server name",
     GET_IF(v.message, add_if(out, v.message->name))},
    {"msg.text", FieldType::kText, kPlain, 60, "Text",
     "what was said: \"A example.org = 192.0.2.1\", \"GET / HTTP/1.1\"",
     GET_IF(v.message, add_if(out, v.message->text))},
    {"finding.rule", FieldType::kText, kPlain, 30, "Rule",
     "name of the rule that matched",
     GET_IF(v.finding, out.add_text(v.finding->rule))},
    {"finding.priority", FieldType::kText, kPlain, 13, "Priority",
     "Emergency, Alert, Critical, Error, Warning, Notice, Informational, Debug",
     GET_IF(v.finding, out.add_text(v.finding->priority))},
    {"finding.message", FieldType::kText, kPlain, 60, "Finding",
     "the output of the rule",
     GET_IF(v.finding, add_if(out, v.finding->message))},
    {"finding.description", FieldType::kText, kPlain, 60, "Description",
     "what the rule is about",
     GET_IF(v.finding, add_if(out, v.finding->description))},
    {"finding.tags", FieldType::kText, kPlain, 30, "Tags",
     "tags of the rule, with blanks between them",
     GET_IF(v.finding, add_if(out, v.finding->tags))},
    {"finding.severity", FieldType::kUnsigned, kPlain, 1, "S",
     "the priority as a number: 0 Emergency, 4 Warning, 7 Debug",
     GET_IF(v.finding, out.add_number(v.finding->severity))},
    {"finding.tactics", FieldType::kText, kPlain, 20, "Tactics",
     "MITRE ATT&CK tactics of the rule: Execution, Impact",
     GET_IF(v.finding, add_if(out, v.finding->tactics))},
    {"finding.techniques", FieldType::kText, kPlain, 10, "ATT&CK",
     "MITRE ATT&CK techniques of the rule, with blanks between them",
     GET_IF(v.finding, add_if(out, v.finding->techniques))},
    {"finding.suppressed", FieldType::kText, kPlain, 30, "Suppressed",
     "why the finding is no concern; none if it is one",
     GET_IF(v.finding, add_if(out, v.finding->suppressed))},
    {"finding.why", FieldType::kText, kPlain, 60, "Why",
     "the condition as a tree with the values it saw, if it was asked for",
     GET_IF(v.finding, add_if(out, v.finding->why))},
};

}  // namespace

std::span<const FieldInfo> row_fields() {
  return kFields;
}

}  // namespace vestige
