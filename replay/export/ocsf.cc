// SPDX-License-Identifier: Apache-2.0
//
// OCSF 1.3.0, JSON lines: File System Activity (1001), Process Activity
// (1007), Network Activity (4001), Detection Finding (2004).
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <nlohmann/json.hpp>

#include "format/errno_text.h"
#include "format/escape.h"
#include "replay/export/finding_json.h"
#include "replay/export/formats.h"
#include "replay/export/line_exporter.h"
#include "replay/export/row_text.h"
#include "replay/facts/field_cells.h"
#include "replay/state/process_tree.h"

namespace vestige {
namespace {

using nlohmann::ordered_json;

constexpr int kOther = 99;

int file_activity(FileOp op) {
  switch (op) {
    case FileOp::kCreate:
    case FileOp::kMkdir:
    case FileOp::kMknod:
    case FileOp::kLink:
    case FileOp::kSymlink:
    case FileOp::kMemfd: return 1;
    case FileOp::kRead:
    case FileOp::kList:
    case FileOp::kMap: return 2;
    case FileOp::kWrite:
    case FileOp::kTruncate:
    case FileOp::kMapWrite:
    case FileOp::kAllocate: return 3;
    case FileOp::kDelete:
    case FileOp::kRmdir: return 4;
    case FileOp::kRename:
    case FileOp::kExchange: return 5;
    case FileOp::kUtimes:
    case FileOp::kXattr:
    case FileOp::kInodeAttributes: return 6;
    case FileOp::kChmod:
    case FileOp::kChown: return 7;
    case FileOp::kLookup: return 8;
    case FileOp::kMount: return 12;
    case FileOp::kUmount: return 13;
    case FileOp::kOpen: return 14;
    case FileOp::kExec:
    case FileOp::kReady:
    case FileOp::kChdir:
    case FileOp::kChroot: return kOther;
  }
  return kOther;
}

ordered_json file_json(std::string_view path, int type_id) {
  const std::string text = to_utf8(path);
  return {{"name", text.substr(text.rfind('/') + 1)},
          {"path", text},
          {"type_id", type_id}};
}

ordered_json process_json(const ProcessRow& row) {
  std::string command;
  for (const std::string_view each : split_strings(row.argv)) {
    if (!command.empty()) command += ' ';
    command += each;
  }
  ordered_json out = {{"pid", row.pid},
                      {"uid", fmt::format("{}", uint32_t(row.id))},
                      {"name", to_utf8(row.comm)}};
  if (!command.empty()) out["cmd_line"] = to_utf8(command);
  if (!row.exe.empty()) out["file"] = file_json(row.exe, 1);
  if (row.credentials_known)
    out["user"] = {{"uid", fmt::format("{}", row.credentials.euid)}};
  return out;
}

ordered_json actor_json(const EventView& row, int generation) {
  const Process* const process = row.ancestor(generation);
  if (!process) return {{"app_name", "unknown"}};
  return {{"process", process_json(process->row)}};
}

ordered_json device_json(const TraceHeader& header) {
  return {{"hostname", to_utf8(header.host_name)},
          {"type_id", 0},
          {"container",
           {{"uid", to_utf8(header.container.id)},
            {"name", to_utf8(header.container.name)}}}};
}

ordered_json endpoint_json(const Endpoint& end, std::string_view name) {
  ordered_json out = ordered_json::object();
  FieldValues values;
  values.add_address(end.family, end.address);
  out["ip"] = field_text(FieldType::kAddress, values.all()[0]);
  out["port"] = end.port;
  if (!name.empty()) out["hostname"] = to_utf8(name);
  return out;
}

bool is_inet(const ConnectionRow& row) {
  return row.family == AF_INET || row.family == AF_INET6;
}

// Whom it is to.
ordered_json target_json(const ConnectionRow& row) {
  const bool is_here = row.direction == Direction::kIncoming ||
                       row.direction == Direction::kListening;
  const Endpoint& target = is_here ? row.local : row.remote;
  if (!target) return {{"name", "unknown"}};
  return endpoint_json(target, is_here ? "" : row.remote_name);
}

int file_activity(const EventView& row) {
  if (!row.event->descriptor) return kOther;
  switch (row.event->descriptor->effect) {
    case Effect::kOpen: return 14;
    case Effect::kRead: return 2;
    case Effect::kWrite: return 3;
    default: return kOther;
  }
}

int process_activity(const EventView& row) {
  if (!row.event->descriptor) return kOther;
  switch (row.event->descriptor->effect) {
    case Effect::kTaskFork:
    case Effect::kTaskExec: return 1;
    case Effect::kTaskExit: return 2;
    default: return kOther;
  }
}

class Ocsf : public LineExporter {
 public:
  using LineExporter::LineExporter;

  [[nodiscard]] std::string left_out() const override {
    if (left_out_ == 0) return {};
    return fmt::format("{} connections that are not IP have no class",
                       left_out_);
  }

 private:
  struct Class {
    int category;
    int uid;
    int activity;
  };

  void append(std::string& out, const EventView& row,
              const filter::FieldList& columns) override {
    switch (row.kind) {
      case RowKind::kFile: return append_file(out, row, columns);
      case RowKind::kProcess: return append_process(out, row, columns);
      case RowKind::kConnection: return append_connection(out, row, columns);
      case RowKind::kFinding:
        return print(out, finding_ocsf(*row.finding->finding));
      case RowKind::kEvent: return append_event(out, row, columns);
      case RowKind::kMessage: return;
    }
  }

  static ordered_json begin(const EventView& row, Class what, int64_t unix_ns,
                            bool failed) {
    return {{"class_uid", what.uid},
            {"category_uid", what.category},
            {"activity_id", what.activity},
            {"type_uid", what.uid * 100 + what.activity},
            {"time", unix_ns / 1'000'000},
            {"severity_id", 1},
            {"status_id", failed ? 2 : 1},
            {"message", row_sentence(row)},
            {"metadata",
             {{"version", "1.3.0"},
              {"product", {{"name", "Vestige"}, {"vendor_name", "Vestige"}}},
              {"log_name", "vestige"}}},
            {"device", device_json(*row.header)}};
  }

  void end(std::string& out, ordered_json json, const EventView& row,
           const filter::FieldList& columns) {
    std::string ours;
    columns.append_json(ours, row);
    json["metadata"]["log_name"] = to_utf8(trace().file_name);
    json["unmapped"] = ordered_json::parse(ours, nullptr, false);
    print(out, json);
  }

  static void print(std::string& out, const ordered_json& json) {
    out += json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    out += '\n';
  }

  // What a call is about tells its class: a conversation, a file, else the
  // process itself.
  void append_event(std::string& out, const EventView& row,
                    const filter::FieldList& columns) {
    const bool is_file = row.file && !row.file->path.empty() &&
                         row.file->kind == OpenFileKind::kFile;
    const bool is_traffic = row.connection && is_inet(*row.connection);
    const Class what = is_traffic ? Class{4, 4001, 6}
                       : is_file  ? Class{1, 1001, file_activity(row)}
                                  : Class{1, 1007, process_activity(row)};
    const bool failed =
        !(row.event->flags & kInFlight) && is_error(row.event->ret);
    ordered_json json = begin(row, what, row.unix_ns(), failed);
    if (what.activity == kOther && row.event->descriptor)
      json["activity_name"] = row.event->descriptor->name;
    json["actor"] = actor_json(row, 0);
    if (is_traffic)
      json["dst_endpoint"] = target_json(*row.connection);
    else if (is_file)
      json["file"] = file_json(row.file->path, 1);
    else
      json["process"] = row.process ? process_json(row.process->row)
                                    : ordered_json{{"pid", row.event->pid}};
    end(out, std::move(json), row, columns);
  }

  void append_file(std::string& out, const EventView& row,
                   const filter::FieldList& columns) {
    const FileRow& file = *row.file_row;
    ordered_json json = begin(row, {1, 1001, file_activity(file.op)},
                              row.unix_ns(), file.error != 0);
    if (json["activity_id"] == kOther)
      json["activity_name"] = file_op_text(file.op);
    json["actor"] = actor_json(row, 0);
    json["file"] = file_json(file.path, file.op == FileOp::kMkdir ? 2 : 1);
    if (!file.to.empty()) json["file_result"] = file_json(file.to, 1);
    json["count"] = file.seen.count;
    end(out, std::move(json), row, columns);
  }

  void append_process(std::string& out, const EventView& row,
                      const filter::FieldList& columns) {
    const auto tell = [&](int activity, int64_t unix_ns) {
      ordered_json json = begin(row, {1, 1007, activity}, unix_ns, false);
      json["actor"] = actor_json(row, 1);
      json["process"] = process_json(row.process->row);
      if (row.process->row.end == ProcessEnd::kExited && activity == 2)
        json["exit_code"] = row.process->row.exit_code;
      end(out, std::move(json), row, columns);
    };
    tell(1, row.unix_ns());
    if (row.process->row.end_ns != 0)
      tell(2, row.unix_ns(row.process->row.end_ns));
  }

  void append_connection(std::string& out, const EventView& row,
                         const filter::FieldList& columns) {
    const ConnectionRow& connection = *row.connection;
    if (!is_inet(connection)) {
      ++left_out_;
      return;
    }
    const bool is_listening = connection.direction == Direction::kListening;
    const bool is_incoming = connection.direction == Direction::kIncoming;
    const bool failed = connection.error != 0 && !connection.is_established;
    const int activity = is_listening ? 7 : failed ? 4 : 1;
    ordered_json json = begin(row, {4, 4001, activity}, row.unix_ns(), failed);
    json["actor"] = actor_json(row, 0);
    const Endpoint& source = is_incoming ? connection.remote : connection.local;
    if (source) json["src_endpoint"] = endpoint_json(source, "");
    json["dst_endpoint"] = target_json(connection);
    json["connection_info"] = {
        {"direction_id", is_incoming || is_listening                    ? 1
                         : connection.direction == Direction::kOutgoing ? 2
                                                                        : 0},
        {"protocol_name", protocol_text(connection.family, connection.type,
                                        connection.protocol)}};
    json["traffic"] = {{"bytes_in", connection.bytes_received},
                       {"bytes_out", connection.bytes_sent}};
    end(out, std::move(json), row, columns);
  }

  uint64_t left_out_ = 0;
};

}  // namespace

Result<std::unique_ptr<Exporter>> make_ocsf(const std::string& path) {
  return make_lines<Ocsf>(path);
}

}  // namespace vestige
