// SPDX-License-Identifier: Apache-2.0
#include "replay/export/row_text.h"

#include <fmt/format.h>

#include "format/arg_text.h"
#include "format/errno_text.h"
#include "format/escape.h"
#include "replay/facts/net_row.h"
#include "replay/state/process_tree.h"

namespace vestige {
namespace {

std::string who(const EventView& row) {
  if (!row.process) return "?";
  return fmt::format("{}[{}]", escaped(row.process->row.comm),
                     row.process->row.pid);
}

std::string command(const ProcessRow& row) {
  std::string out;
  for (const std::string_view text : split_strings(row.argv)) {
    if (!out.empty()) out += ' ';
    append_escaped(out, text);
  }
  return out.empty() ? escaped(row.comm) : out;
}

std::string file_sentence(const EventView& row) {
  const FileRow& file = *row.file_row;
  std::string out = fmt::format("{} {} {}", who(row), file_op_text(file.op),
                                escaped(file.path));
  if (!file.to.empty()) out += " to " + escaped(file.to);
  if (file.bytes) out += fmt::format(", {} bytes", file.bytes);
  if (file.error) out += fmt::format(": {}", errno_name(file.error));
  return out;
}

std::string connection_sentence(const EventView& row) {
  const ConnectionRow& connection = *row.connection;
  return fmt::format(
      "{} {} {} {} to {}: {} bytes sent, {} received", who(row),
      direction_text(connection.direction),
      protocol_text(connection.family, connection.type, connection.protocol),
      escaped(endpoint_text(connection.local)),
      connection.remote ? escaped(endpoint_text(connection.remote)) : "nobody",
      connection.bytes_sent, connection.bytes_received);
}

}  // namespace

std::string row_sentence(const EventView& row) {
  switch (row.kind) {
    case RowKind::kEvent:
      return fmt::format("{} {}", who(row), event_text(*row.event));
    case RowKind::kProcess:
      return fmt::format("{} {}", who(row),
                         row.process ? command(row.process->row) : "");
    case RowKind::kFile: return file_sentence(row);
    case RowKind::kConnection: return connection_sentence(row);
    case RowKind::kMessage:
      return fmt::format("{} {} {}", who(row),
                         message_kind_text(row.message->kind),
                         escaped(row.message->text));
    case RowKind::kFinding:
      return fmt::format("{}: {}", escaped(row.finding->rule),
                         escaped(row.finding->message));
  }
  return {};
}

std::string row_moment(const EventView& row) {
  switch (row.kind) {
    case RowKind::kEvent: return "Call returned";
    case RowKind::kProcess: return "Process started";
    case RowKind::kFile:
      return fmt::format("File: first {}", file_op_text(row.file_row->op));
    case RowKind::kConnection: return "Connection opened";
    case RowKind::kMessage:
      return row.message->is_sent ? "Message sent" : "Message received";
    case RowKind::kFinding: return "Rule matched";
  }
  return {};
}

}  // namespace vestige
