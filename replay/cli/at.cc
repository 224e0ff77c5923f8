// SPDX-License-Identifier: Apache-2.0
//
// vestige at: the container as it stood at one instant.
#include <fmt/format.h>

#include <charconv>
#include <ctime>

#include "format/trace_reader.h"
#include "replay/cli/command.h"
#include "replay/cli/row_json.h"
#include "replay/reconstructor.h"

namespace vestige::cli {
namespace {

constexpr uint64_t kSecond_ns = 1'000'000'000;
// Events come slightly out of order; none is this late.
constexpr uint64_t kMaxDisorder_ns = kSecond_ns;

// The digits behind a decimal point as nanoseconds; nothing if they are none.
std::optional<uint64_t> fraction_ns(std::string_view digits) {
  uint64_t value = 0;
  uint64_t unit = kSecond_ns;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    unit /= 10;
    value += uint64_t(c - '0') * unit;
  }
  return value;
}

// "+1.5": seconds after the start of the trace. "14:03:07.25": that time of
// the day (UTC) it began. "2026-11-23T14:03:07.25Z": all of it.
std::optional<uint64_t> parse_time(std::string_view text,
                                   const ClockPair& start) {
  if (text.ends_with('Z')) text.remove_suffix(1);
  const size_t point = std::min(text.find('.'), text.size());
  const auto rest_ns =
      fraction_ns(point < text.size() ? text.substr(point + 1) : "");
  const std::string whole(text.substr(0, point));
  if (!rest_ns) return std::nullopt;
  if (whole.starts_with('+')) {
    uint64_t seconds = 0;
    const char* const end = whole.data() + whole.size();
    const auto [at, error] = std::from_chars(whole.data() + 1, end, seconds);
    if (error != std::errc{} || at != end || seconds > UINT32_MAX)
      return std::nullopt;
    return start.boot_ns + seconds * kSecond_ns + *rest_ns;
  }
  const time_t began = start.unix_ns / int64_t(kSecond_ns);
  std::tm day{};
  gmtime_r(&began, &day);
  const bool is_whole = whole.find('T') != std::string::npos;
  const char* const end = strptime(
      whole.c_str(), is_whole ? "%Y-%m-%dT%H:%M:%S" : "%H:%M:%S", &day);
  if (!end || *end) return std::nullopt;
  const int64_t unix_ns =
      int64_t(timegm(&day)) * int64_t(kSecond_ns) + int64_t(*rest_ns);
  return start.boot_ns + uint64_t(unix_ns - start.unix_ns);
}

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

// The state, printed one way or the other.
class Instant {
 public:
  Instant(const Options& options, Reconstructor& state)
      : options_(options), state_(state) {}

  void print_processes();
  void print_descriptors();
  void print_connections();
  void print_mounts();

 private:
  template <typename Visit>
  void for_each_process(Visit visit) {
    for (Process& process : state_.tree().all())
      if (process.is_live && process.row.is_selected && process.fds &&
          is_wanted(options_, process.row.id))
        visit(process);
  }
  void print(const Table& table) {
    table.print(options_.color, options_.wide ? Fit::kWhole : Fit::kCut);
  }
  std::string name_of(const OpenFile& file);

  const Options& options_;
  Reconstructor& state_;
};

void Instant::print_processes() {
  Table table({{"ID", Align::kRight},
               {"PID", Align::kRight},
               {"PARENT", Align::kRight},
               {"UID", Align::kRight},
               {"CWD"},
               {"COMMAND"}});
  for_each_process([&](const Process& process) {
    const ProcessRow& row = process.row;
    const std::string command =
        row.argv.empty() ? fmt::format("({})", row.comm) : joined(row.argv);
    if (!options_.json) {
      table.add(
          {{fmt::format("{}", uint32_t(row.id))},
           {fmt::format("{}", row.pid)},
           {fmt::format("{}", uint32_t(row.parent))},
           {row.credentials_known ? fmt::format("{}", row.credentials.euid)
                                  : "?"},
           {std::string(process.directories->cwd)},
           {command}});
      return;
    }
    JsonLine json;
    json.number("process", uint32_t(row.id));
    json.number_or_null("parent", uint32_t(row.parent));
    json.number("pid", row.pid);
    json.number_or_null("ns_pid", row.ns_pid);
    json.text("comm", row.comm);
    json.text_or_null("exe", row.exe);
    json.text("command", command);
    json.text_or_null("cwd", process.directories->cwd);
    json.text_or_null("root", process.directories->root);
    row.credentials_known ? json.number("euid", row.credentials.euid)
                          : json.null("euid");
    json.print();
  });
  if (!options_.json) print(table);
}

std::string Instant::name_of(const OpenFile& file) {
  if (file.kind != OpenFileKind::kSocket)
    return file.path.empty() ? "(unknown)" : std::string(file.path);
  const ConnectionRow& row =
      state_.sockets().row(state_.sockets().get(file.socket).own);
  return fmt::format("{} {} -> {}",
                     protocol_text(row.family, row.type, row.protocol),
                     endpoint_text(row.local), endpoint_text(row.remote));
}

void Instant::print_descriptors() {
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
      if (!options_.json) {
        table.add(
            {{who},
             {fmt::format("{}", fd)},
             {std::string(kind_text(file.kind))},
             {file.is_offset_known ? fmt::format("{}", file.offset) : "?"},
             {name_of(file) + (file.is_deleted ? "  (deleted)" : "")}});
        return;
      }
      JsonLine json;
      json.number("process", uint32_t(process.row.id));
      json.number("pid", process.row.pid);
      json.number("fd", fd);
      json.text("kind", kind_text(file.kind));
      json.text("name", name_of(file));
      json.text("certainty", certainty_text(file.certainty));
      json.boolean("close_on_exec", entry.close_on_exec);
      json.boolean("deleted", file.is_deleted);
      file.is_offset_known ? json.number("offset", file.offset)
                           : json.null("offset");
      json.print();
    });
  });
  if (!options_.json) print(table);
}

void Instant::print_connections() {
  Table table({{"CONN", Align::kRight},
               {"PROTO"},
               {"DIRECTION"},
               {"SENT", Align::kRight},
               {"RECEIVED", Align::kRight},
               {"LOCAL"},
               {"REMOTE"}});
  for (const ConnectionRow& row : state_.sockets().rows()) {
    if (row.end_ns != 0 || !is_wanted(options_, row.process)) continue;
    const std::string_view protocol =
        protocol_text(row.family, row.type, row.protocol);
    if (!options_.json) {
      table.add({{fmt::format("{}", uint32_t(row.id))},
                 {std::string(protocol)},
                 {std::string(direction_text(row.direction))},
                 {size_text(row.bytes_sent)},
                 {size_text(row.bytes_received)},
                 {endpoint_text(row.local)},
                 {endpoint_text(row.remote)}});
      continue;
    }
    JsonLine json;
    json.number("connection", uint32_t(row.id));
    json.number("process", uint32_t(row.process));
    json.text("family", family_text(row.family));
    json.text("protocol", protocol);
    json.text("direction", direction_text(row.direction));
    json.text_or_null("local", endpoint_text(row.local));
    json.text_or_null("remote", endpoint_text(row.remote));
    json.number("bytes_sent", row.bytes_sent);
    json.number("bytes_received", row.bytes_received);
    json.boolean("established", row.is_established);
    json.print();
  }
  if (!options_.json) print(table);
}

void Instant::print_mounts() {
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

Result<void> read_until(TraceReader& reader, Reconstructor& state,
                        uint64_t time_ns) {
  while (true) {
    const auto item = TRY(reader.next());
    if (!item) return {};
    if (item.snapshot && item.snapshot->time_ns <= time_ns)
      state.apply(*item.snapshot);
    if (!item.event) continue;
    if (item.event->time_ns > time_ns + kMaxDisorder_ns) return {};
    if (item.event->time_ns <= time_ns) state.apply(*item.event, item.position);
  }
}

}  // namespace

Result<int> run_at(const Options& options) {
  TraceReader reader = TRY(TraceReader::open(options.file));
  const auto time_ns = parse_time(options.time, reader.header().start);
  if (!time_ns)
    return Error{ErrorKind::kUsage,
                 fmt::format("'{}' is no time: +SECONDS, HH:MM:SS or "
                             "YYYY-MM-DDTHH:MM:SSZ",
                             options.time)};
  TextPool texts;
  Reconstructor state(texts);
  TRY(read_until(reader, state, *time_ns));
  Instant instant(options, state);
  switch (options.part) {
    case StatePart::kProcesses: instant.print_processes(); break;
    case StatePart::kDescriptors: instant.print_descriptors(); break;
    case StatePart::kConnections: instant.print_connections(); break;
    case StatePart::kMounts: instant.print_mounts(); break;
  }
  return 0;
}

}  // namespace vestige::cli
