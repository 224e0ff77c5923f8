// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/row_json.h"

#include <fmt/format.h>

#include "format/errno_text.h"
#include "replay/cli/console.h"
#include "replay/facts/field_cells.h"
#include "replay/facts/host_path.h"

namespace vestige::cli {
namespace {

std::string_view origin_text(ProcessOrigin origin) {
  switch (origin) {
    case ProcessOrigin::kSnapshot: return "snapshot";
    case ProcessOrigin::kFork: return "fork";
    case ProcessOrigin::kInferred: return "inferred";
  }
  return "";
}

void add_time(JsonLine& json, const Case& opened, std::string_view key,
              uint64_t boot_ns) {
  boot_ns == 0 ? json.null(key)
               : json.text(key, rfc3339(opened.unix_ns(boot_ns)));
}

void add_strings(JsonLine& json, std::string_view key,
                 std::string_view strings) {
  json.open_array(key);
  for (const std::string_view text : split_strings(strings))
    json.text("", text);
  json.close_array();
  // One of them is not UTF-8: all of them, each ended by NUL, exactly.
  if (const std::string all = exact_bytes(strings); !all.empty())
    json.text(std::string(key).append("_b64"), all);
}

void add_owner(JsonLine& json, const Case& opened, ProcessId id) {
  const ProcessRow* process = opened.facts().process(id);
  json.number("process", uint32_t(id));
  json.number("pid", process ? process->pid : 0);
  json.text("comm", process ? process->comm : "");
}

// Losses of events between: what the numbers of a row may lack.
void add_losses(JsonLine& json, const Case& opened, uint64_t from_ns,
                uint64_t to_ns) {
  if (!opened.loss_times().may_lack_events(from_ns, to_ns)) return;
  json.open_array("losses");
  for (const auto& loss : opened.loss_times().within(from_ns, to_ns)) {
    if (info(loss.reason).severity != LossSeverity::kEvents) continue;
    json.open_object("");
    json.text("reason", info(loss.reason).text);
    json.number_or_null("count", loss.count);
    json.close_object();
  }
  json.close_array();
}

void add_occurrence(JsonLine& json, const Case& opened,
                    const Occurrence& seen) {
  json.number("count", seen.count);
  add_time(json, opened, "first", seen.first_ns);
  add_time(json, opened, "last", seen.last_ns);
  json.number("first_ns", seen.first_ns);
  json.number("last_ns", seen.last_ns);
  json.text("at", position_text(seen.first));
  json.text("last_at", position_text(seen.last));
  add_losses(json, opened, seen.first_ns, seen.last_ns);
}

void add_exec(JsonLine& json, const Case& opened, const ExecRow& exec) {
  json.open_object("");
  add_time(json, opened, "time", exec.time_ns);
  json.number("time_ns", exec.time_ns);
  json.text("filename", exec.filename);
  json.text_or_null("exe", exec.exe);
  add_strings(json, "argv", exec.argv);
  json.text_or_null("cwd", exec.cwd);
  json.number("uid", exec.uid);
  json.number("euid", exec.euid);
  json.number("tid", exec.tid);
  json.number_or_null("inode", exec.inode);
  json.text_or_null("layer", layer_text(exec.layer));
  json.boolean("deleted", exec.is_deleted);
  exec.error ? json.text("error", errno_name(exec.error)) : json.null("error");
  json.text("certainty", certainty_text(exec.certainty));
  json.text("at", position_text(exec.at));
  json.close_object();
}

// Capabilities as the kernel writes them: "0000003fffffffff".
void add_credentials(JsonLine& json, const Case& opened,
                     const ProcessRow& row) {
  row.credentials_known
      ? json.text("cap_effective",
                  fmt::format("{:016x}", row.credentials.cap_effective))
      : json.null("cap_effective");
  json.open_array("credentials");
  for (const CredentialsRow& change : opened.facts().credentials_of(row.id)) {
    const CredentialsPart& ids = change.credentials;
    json.open_object("");
    add_time(json, opened, "time", change.time_ns);
    json.text("call", change.call);
    for (const auto& [key, id] : {std::pair{"uid", ids.uid},
                                  {"euid", ids.euid},
                                  {"suid", ids.suid},
                                  {"gid", ids.gid},
                                  {"egid", ids.egid},
                                  {"sgid", ids.sgid}})
      json.number(key, id);
    for (const auto& [key, set] :
         {std::pair{"cap_effective", ids.cap_effective},
          {"cap_permitted", ids.cap_permitted},
          {"cap_inheritable", ids.cap_inheritable},
          {"cap_bounding", ids.cap_bounding},
          {"cap_ambient", ids.cap_ambient}})
      json.text(key, fmt::format("{:016x}", set));
    json.text("certainty", certainty_text(change.certainty));
    json.text("at", position_text(change.at));
    json.close_object();
  }
  json.close_array();
}

void add_end(JsonLine& json, const Case& opened, const ProcessRow& row) {
  add_time(json, opened, "end", row.end_ns);
  json.number_or_null("end_ns", row.end_ns);
  row.end == ProcessEnd::kExited ? json.number("exit_code", row.exit_code)
                                 : json.null("exit_code");
  row.end == ProcessEnd::kKilled
      ? json.text("exit_signal", signal_name(row.exit_signal))
      : json.null("exit_signal");
  json.boolean("core_dumped", row.core_dumped);
  json.number_or_null("killed_by", uint32_t(row.killed_by));
}

}  // namespace

void add_connection(JsonLine& json, const ConnectionRow& connection) {
  json.number("connection", uint32_t(connection.id));
  json.text("family", family_text(connection.family));
  json.text("protocol", protocol_text(connection.family, connection.type,
                                      connection.protocol));
  json.text("direction", direction_text(connection.direction));
  json.text_or_null("local", endpoint_text(connection.local));
  json.text_or_null("remote", endpoint_text(connection.remote));
  json.text_or_null("remote_name", connection.remote_name);
  json.boolean("established", connection.is_established);
  json.text("certainty", certainty_text(connection.certainty));
  json.number_or_null("inode", connection.inode);
  json.number_or_null("peer", uint32_t(connection.peer));
  if (is_metadata_service(connection.remote))
    json.boolean("metadata_service", true);
}

std::string_view layer_text(Layer layer) {
  switch (layer) {
    case Layer::kUnknown: return "";
    case Layer::kNone: return "none";
    case Layer::kUpper: return "upper";
    case Layer::kLower: return "lower";
  }
  return "";
}

std::string result_text(int error) {
  if (error == 0) return "ok";
  const std::string_view name = errno_name(error);
  return name.empty() ? fmt::format("E{}", error) : std::string(name);
}

std::string position_text(Position at) {
  return fmt::format("{}:{}", at.chunk, at.index);
}

JsonLine process_json(const Case& opened, const ProcessRow& row) {
  JsonLine json;
  json.number("process", uint32_t(row.id));
  json.number_or_null("parent", uint32_t(row.parent));
  json.text("parent_certainty", certainty_text(row.parent_certainty));
  json.number_or_null("creator", uint32_t(row.creator));
  json.number_or_null("adopter", uint32_t(row.adopter));
  json.text_or_null("adopter_certainty",
                    row.adopter == ProcessId::kNone
                        ? ""
                        : certainty_text(row.adopter_certainty));
  json.text("origin", origin_text(row.origin));
  json.text_or_null("entry", process_entry_text(row.entry));
  json.number("pid", row.pid);
  json.number_or_null("ns_pid", row.ns_pid);
  json.number_or_null("session", row.session);
  json.number_or_null("process_group", row.process_group);
  json.number_or_null("pid_namespace", row.pid_namespace);
  json.number_or_null("mnt_namespace", row.mnt_namespace);
  json.number_or_null("net_namespace", row.net_namespace);
  json.text("comm", row.comm);
  json.text_or_null("exe", row.exe);
  add_strings(json, "argv", row.argv);
  json.text_or_null("cwd", row.cwd);
  json.text_or_null("root", row.root);
  for (const auto& [key, id] : {std::pair{"uid", row.credentials.uid},
                                {"gid", row.credentials.gid},
                                {"euid", row.credentials.euid},
                                {"egid", row.credentials.egid}})
    row.credentials_known ? json.number(key, id) : json.null(key);
  add_credentials(json, opened, row);
  add_time(json, opened, "start", row.start_ns);
  json.number_or_null("start_ns", row.start_ns);
  add_end(json, opened, row);
  json.open_array("execs");
  for (const ExecRow& exec : opened.facts().execs_of(row))
    add_exec(json, opened, exec);
  json.close_array();
  json.number("threads", row.threads);
  json.boolean("selected", row.is_selected);
  json.text("at", position_text(row.at));
  add_losses(json, opened, row.start_ns,
             row.end_ns ? row.end_ns : opened.end().end.boot_ns);
  return json;
}

namespace {

std::optional<std::string> host_path_of(const Case& opened,
                                        const FileRow& row) {
  const ProcessRow* process = opened.facts().process(row.process);
  if (!process || row.is_deleted) return std::nullopt;
  return host_path(opened.facts().mounts, process->mnt_namespace, row.path,
                   row.layer);
}

}  // namespace

JsonLine file_json(const Case& opened, const FileRow& row) {
  JsonLine json;
  add_owner(json, opened, row.process);
  json.text("op", file_op_text(row.op));
  if (row.how != FileHow::kNone) json.text("how", file_how_text(row.how));
  json.text("path", row.path);
  json.text("path_certainty", certainty_text(row.path_certainty));
  if (!row.requested.empty()) json.text("requested", row.requested);
  if (!row.to.empty()) json.text("to", row.to);
  if (row.has_mode) json.text("mode", fmt::format("0{:03o}", row.mode));
  if (row.op == FileOp::kChown) {
    json.number("uid", int32_t(row.uid));
    json.number("gid", int32_t(row.gid));
  }
  if (row.is_deleted) json.boolean("deleted", true);
  json.text("result", result_text(row.error));
  json.number("bytes", row.bytes);
  add_occurrence(json, opened, row.seen);
  if (row.inode != 0) {
    json.text("dev", fmt::format("{}:{}", row.dev_major, row.dev_minor));
    json.number("inode", row.inode);
    if (row.generation != 0) json.number("generation", row.generation);
  }
  if (row.has_mtime) json.text("mtime", rfc3339(row.mtime_ns));
  if (const auto host = host_path_of(opened, row)) {
    json.text("host_path", *host);
    json.text("host_path_certainty", certainty_text(Certainty::kInferred));
  }
  if (row.layer != Layer::kUnknown) json.text("layer", layer_text(row.layer));
  return json;
}

JsonLine net_json(const Case& opened, const NetRow& row) {
  JsonLine json;
  add_owner(json, opened, row.process);
  json.text("op", net_op_text(row.op));
  add_connection(json, *opened.facts().connection(row.connection));
  json.text("result", result_text(row.error));
  json.number("bytes", row.bytes);
  add_occurrence(json, opened, row.seen);
  return json;
}

JsonLine message_json(const Case& opened, const MessageRow& row) {
  JsonLine json;
  add_owner(json, opened, row.process);
  json.text("op", message_kind_text(row.kind));
  json.text("text", row.text);
  json.text_or_null("name", row.name);
  json.boolean("sent", row.is_sent);
  add_connection(json, *opened.facts().connection(row.connection));
  json.text("result", "ok");
  Occurrence seen;
  seen.add(row.time_ns, row.at);
  add_occurrence(json, opened, seen);
  return json;
}

}  // namespace vestige::cli
