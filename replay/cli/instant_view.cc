// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/instant_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "replay/cli/row_json.h"
#include "replay/instant_files.h"

namespace vestige::cli {
namespace {

std::string_view kind_text(OpenFileKind kind) {
  switch (kind) {
    case OpenFileKind::kUnknown: return "unknown";
    case OpenFileKind::kFile: return "file";
    case OpenFileKind::kPipe: return "pipe";
    case OpenFileKind::kSocket: return "socket";
    case OpenFileKind::kMemfd: return "memfd";
    case OpenFileKind::kAnonymous: return "anonymous";
  }
  return "";
}

std::string joined(std::string_view strings) {
  std::string out;
  for (const std::string_view text : split_strings(strings))
    out.append(out.empty() ? "" : " ").append(text);
  return out;
}

std::string command_of(const ProcessRow& row) {
  return row.argv.empty() ? fmt::format("({})", row.comm) : joined(row.argv);
}

std::string number_or_question(bool is_known, uint64_t number) {
  return is_known ? fmt::format("{}", number) : "?";
}

}  // namespace

void InstantView::add_id(JsonLine& json, std::string_view key,
                         uint32_t id) const {
  json.number_or_null(key, instant_.is_from_start ? id : 0);
}

void InstantView::add_time(JsonLine& json, std::string_view key,
                           uint64_t boot_ns) const {
  const int64_t unix_ns = start_.unix_ns + int64_t(boot_ns - start_.boot_ns);
  boot_ns == 0 ? json.null(key) : json.text(key, rfc3339(unix_ns));
}

uint32_t InstantView::pid_of(ProcessId id) const {
  const Process* process = std::as_const(state_).tree().get(id);
  return process ? process->row.pid : 0;
}

void InstantView::print_origin() const {
  if (instant_.is_from_start) return;
  std::fflush(stdout);
  const int64_t unix_ns =
      start_.unix_ns + int64_t(instant_.from_ns - start_.boot_ns);
  fmt::print(stderr,
             "vestige: from the snapshot of {}: bytes are counted from there; "
             "--from-start reads everything\n",
             rfc3339(unix_ns));
}

JsonLine InstantView::process_line(const Process& process) const {
  const ProcessRow& row = process.row;
  JsonLine json;
  add_id(json, "process", uint32_t(row.id));
  add_id(json, "parent", uint32_t(row.parent));
  json.number("pid", row.pid);
  json.number_or_null("parent_pid", pid_of(row.parent));
  json.number_or_null("ns_pid", row.ns_pid);
  json.number_or_null("start_ns", row.start_ns);
  json.text("comm", row.comm);
  json.text_or_null("exe", row.exe);
  json.text("command", command_of(row));
  json.text_or_null("cwd", process.directories->cwd);
  json.text_or_null("root", process.directories->root);
  row.credentials_known ? json.number("euid", row.credentials.euid)
                        : json.null("euid");
  return json;
}

void InstantView::print_processes() {
  Table table({{"PID", Align::kRight},
               {"PARENT", Align::kRight},
               {"UID", Align::kRight},
               {"CWD"},
               {"COMMAND"}});
  for_each_process([&](const Process& process) {
    if (options_.json) return process_line(process).print();
    const ProcessRow& row = process.row;
    table.add(
        {{fmt::format("{}", row.pid)},
         {fmt::format("{}", pid_of(row.parent))},
         {number_or_question(row.credentials_known, row.credentials.euid)},
         {std::string(process.directories->cwd)},
         {command_of(row)}});
  });
  if (!options_.json) print(table);
}

std::string InstantView::name_of(const OpenFile& file) {
  if (file.kind != OpenFileKind::kSocket)
    return file.path.empty() ? "(unknown)" : std::string(file.path);
  const ConnectionRow& row =
      state_.sockets().row(state_.sockets().get(file.socket).own);
  return fmt::format("{} {} -> {}",
                     protocol_text(row.family, row.type, row.protocol),
                     endpoint_text(row.local), endpoint_text(row.remote));
}

JsonLine InstantView::descriptor_line(const Process& process, int fd,
                                      const FdTable::Entry& entry) {
  const OpenFile& file = *entry.file;
  JsonLine json;
  add_id(json, "process", uint32_t(process.row.id));
  json.number("pid", process.row.pid);
  json.number("fd", fd);
  json.text("kind", kind_text(file.kind));
  json.text("name", name_of(file));
  json.text("certainty", certainty_text(file.certainty));
  json.boolean("close_on_exec", entry.close_on_exec);
  json.boolean("deleted", file.is_deleted);
  file.is_offset_known ? json.number("offset", file.offset)
                       : json.null("offset");
  return json;
}

void InstantView::print_descriptors() {
  Table table({{"PROCESS"},
               {"FD", Align::kRight},
               {"KIND"},
               {"OFFSET", Align::kRight},
               {"NAME"}});
  for_each_process([&](Process& process) {
    const std::string who =
        fmt::format("{}[{}]", process.row.comm, process.row.pid);
    process.fds->for_each([&](int fd, const FdTable::Entry& entry) {
      const OpenFile& file = *entry.file;
      if (options_.json) return descriptor_line(process, fd, entry).print();
      table.add({{who},
                 {fmt::format("{}", fd)},
                 {std::string(kind_text(file.kind))},
                 {number_or_question(file.is_offset_known, file.offset)},
                 {name_of(file) + (file.is_deleted ? "  (deleted)" : "")}});
    });
  });
  if (!options_.json) print(table);
}

JsonLine InstantView::connection_line(const ConnectionRow& row) const {
  JsonLine json;
  add_id(json, "connection", uint32_t(row.id));
  add_id(json, "process", uint32_t(row.process));
  json.number_or_null("pid", pid_of(row.process));
  json.text("family", family_text(row.family));
  json.text("protocol", protocol_text(row.family, row.type, row.protocol));
  json.text("direction", direction_text(row.direction));
  json.text_or_null("local", endpoint_text(row.local));
  json.text_or_null("remote", endpoint_text(row.remote));
  json.number_or_null("inode", row.inode);
  json.number("bytes_sent", row.bytes_sent);
  json.number("bytes_received", row.bytes_received);
  json.boolean("bytes_from_start", !row.is_from_snapshot);
  json.boolean("established", row.is_established);
  return json;
}

void InstantView::print_connections() {
  Table table({{"PROCESS"},
               {"PROTO"},
               {"DIRECTION"},
               {"SENT", Align::kRight},
               {"RECEIVED", Align::kRight},
               {"LOCAL"},
               {"REMOTE"}});
  for (const ConnectionRow& row : state_.sockets().rows()) {
    if (row.end_ns != 0 || !is_wanted(options_, row.process)) continue;
    if (options_.json) {
      connection_line(row).print();
      continue;
    }
    const Process* owner = std::as_const(state_).tree().get(row.process);
    const std::string_view more = row.is_from_snapshot ? "+" : "";
    table.add(
        {{owner ? fmt::format("{}[{}]", owner->row.comm, owner->row.pid) : "?"},
         {std::string(protocol_text(row.family, row.type, row.protocol))},
         {std::string(direction_text(row.direction))},
         {size_text(row.bytes_sent).append(more)},
         {size_text(row.bytes_received).append(more)},
         {endpoint_text(row.local)},
         {endpoint_text(row.remote)}});
  }
  if (!options_.json) print(table);
}

void InstantView::print_mounts() {
  Table table(
      {{"NAMESPACE", Align::kRight}, {"TYPE"}, {"SOURCE"}, {"MOUNT POINT"}});
  for (const Mount& mount : state_.mounts().all()) {
    if (!options_.json) {
      table.add({{fmt::format("{}", mount.mnt_namespace)},
                 {std::string(mount.fs_type)},
                 {std::string(mount.source)},
                 {std::string(mount.mount_point)}});
      continue;
    }
    JsonLine json;
    json.number_or_null("mnt_namespace", mount.mnt_namespace);
    json.text("type", mount.fs_type);
    json.text("source", mount.source);
    json.text("mount_point", mount.mount_point);
    json.text("options", mount.options);
    json.print();
  }
  if (!options_.json) print(table);
}

void InstantView::print_files() {
  Table table({{"SINCE"}, {"STATE"}, {"OPEN BY"}, {"PATH"}});
  const auto is_asked = [&](const FileStanding& file) {
    if (!options_.process) return true;
    const auto wanted = ProcessId(*options_.process);
    return file.by == wanted || std::ranges::count(file.open_by, wanted) != 0;
  };
  for (const FileStanding& file : file_standings(state_)) {
    if (!is_asked(file)) continue;
    std::string holders;
    for (const ProcessId id : file.open_by)
      holders.append(holders.empty() ? "" : " ")
          .append(fmt::format("{}", pid_of(id)));
    if (!options_.json) {
      std::string path(file.path);
      if (!file.to.empty()) path.append(" -> ").append(file.to);
      const int64_t since =
          start_.unix_ns + int64_t(file.since_ns - start_.boot_ns);
      table.add({{file.since_ns ? clock_text(since) : "", Style::kDim},
                 {std::string(file_state_text(file.state))},
                 {holders},
                 {path}});
      continue;
    }
    JsonLine json;
    json.text("path", file.path);
    json.text("state", file_state_text(file.state));
    json.text_or_null("to", file.to);
    json.text("certainty", certainty_text(file.certainty));
    add_id(json, "process", uint32_t(file.by));
    add_time(json, "since", file.since_ns);
    json.number_or_null("since_ns", file.since_ns);
    file.since_ns ? json.text("at", position_text(file.at)) : json.null("at");
    json.open_array("open_by");
    for (const ProcessId id : file.open_by) json.number("", uint32_t(id));
    json.close_array();
    json.print();
  }
  if (!options_.json) print(table);
}

}  // namespace vestige::cli
