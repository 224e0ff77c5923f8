// SPDX-License-Identifier: Apache-2.0
//
// vestige info: what the trace is, and what it lacks.
#include <fmt/format.h>

#include <algorithm>

#include "format/escape.h"
#include "format/trace_reader.h"
#include "format/trace_view.h"
#include "format/verify.h"
#include "replay/cli/command.h"
#include "replay/cli/row_json.h"

namespace vestige::cli {
namespace {

std::string_view severity_text(LossSeverity severity) {
  switch (severity) {
    case LossSeverity::kEvents: return "events";
    case LossSeverity::kDetail: return "detail";
    case LossSeverity::kContext: return "context";
  }
  return "";
}

// The container as known at the end, when there is more to know then.
const ContainerInfo& container_of(const Case& opened) {
  const ContainerInfo& later = opened.end().container;
  return later.id.empty() ? opened.header().container : later;
}

uint64_t lost_events(const Case& opened) {
  uint64_t lost = 0;
  for (const Loss& loss : opened.end().losses)
    if (info(loss.reason).severity == LossSeverity::kEvents)
      lost += std::max<uint64_t>(loss.count, 1);
  return lost;
}

// What the agent's counts add up to, when it kept any.
std::string ledger_of(const TraceEnd& end) {
  if (end.seen == 0) return "";
  uint64_t lost = 0;
  std::string causes;
  for (const Loss& loss : end.losses) {
    const LossReasonInfo& what = info(loss.reason);
    if (what.severity != LossSeverity::kEvents) continue;
    lost += loss.count;
    causes += fmt::format("{}{} {}", causes.empty() ? ": " : ", ", loss.count,
                          what.text);
  }
  const bool is_exact = end.seen == end.events + lost;
  return fmt::format("{} seen {} {} written + {} lost{}", end.seen,
                     is_exact ? "=" : "is not", end.events, lost, causes);
}

std::string sentence_of(const Case& opened) {
  if (!opened.is_complete())
    return "The trace has no end: it holds what was written before the "
           "recorder stopped.";
  if (lost_events(opened) != 0)
    return "The trace is whole, but events are missing from it.";
  return "The trace is whole and no event is missing.";
}

void add_confinement(JsonLine& json, const ContainerInfo& container) {
  if (container.privileged == Privileged::kUnknown)
    json.null("privileged");
  else
    json.boolean("privileged", container.privileged == Privileged::kYes);
  json.open_array("capabilities");
  for (const std::string& name : container.capabilities) json.text("", name);
  json.close_array();
  json.open_array("mounts");
  for (const ContainerMount& mount : container.mounts) {
    json.open_object("");
    json.text("source", mount.source);
    json.text("destination", mount.destination);
    json.text("options", mount.options);
    json.close_object();
  }
  json.close_array();
}

void add_container(JsonLine& json, const ContainerInfo& container) {
  json.open_object("container");
  json.text("id", container.id);
  json.text_or_null("name", container.name);
  json.text_or_null("image", container.image);
  json.text_or_null("runtime", container.runtime);
  json.text_or_null("cgroup_path", container.cgroup_path);
  json.number_or_null("cgroup_id", container.cgroup_id);
  json.number_or_null("init_pid", container.init_pid);
  json.text_or_null("rootfs", container.rootfs);
  add_confinement(json, container);
  json.open_array("labels");
  for (const auto& [key, value] : container.labels) {
    json.open_object("");
    json.text("key", key);
    json.text("value", value);
    json.close_object();
  }
  json.close_array();
  json.close_object();
}

void add_losses(JsonLine& json, const TraceEnd& end) {
  json.open_array("losses");
  for (const Loss& loss : end.losses) {
    const LossReasonInfo& what = info(loss.reason);
    json.open_object("");
    json.text("reason", what.text);
    json.text("severity", severity_text(what.severity));
    json.number("count", loss.count);
    json.number("from_ns", loss.from_ns);
    json.number("to_ns", loss.to_ns);
    json.text_or_null("where", loss.where);
    json.text("meaning", what.meaning);
    json.close_object();
  }
  json.close_array();
}

// As known at the end, when there was one.
const Flight& flight_of(const TraceHeader& header, const TraceEnd& end) {
  return end.flight.triggers.empty() ? header.flight : end.flight;
}

void add_flight(JsonLine& json, const Flight& flight) {
  if (flight.triggers.empty()) {
    json.null("flight");
    return;
  }
  json.open_object("flight");
  json.number("before_ns", flight.before_ns);
  json.number("after_ns", flight.after_ns);
  json.number("held_from_ns", flight.held_from_ns);
  json.number("released_events", flight.released_events);
  json.number("muted_triggers", flight.muted_triggers);
  json.open_array("triggers");
  for (const Trigger& trigger : flight.triggers) {
    json.open_object("");
    json.text("source", trigger.source);
    json.text_or_null("reason", trigger.reason);
    json.text_or_null("detail", trigger.detail);
    json.text("time", rfc3339(trigger.time.unix_ns));
    json.number("time_ns", trigger.time.boot_ns);
    json.close_object();
  }
  json.close_array();
  json.close_object();
}

void add_snapshots(JsonLine& json, const Case& opened) {
  json.open_object("snapshots");
  json.number("kernel", opened.snapshots(SnapshotSource::kKernel));
  json.number("proc", opened.snapshots(SnapshotSource::kProc));
  json.number("unknown", opened.snapshots(SnapshotSource::kUnknown));
  json.close_object();
}

void add_parents(JsonLine& json, const TraceHeader& header) {
  json.open_array("parents");
  for (const Parent& parent : header.parents) {
    json.open_object("");
    json.text("operation", parent.operation);
    json.text("trace_id", parent.trace_id);
    json.text_or_null("root", parent.root);
    json.text("file", parent.file_name);
    json.text("verdict", parent.verdict);
    json.text_or_null("detail", parent.detail);
    json.text("container", parent.container.id);
    json.close_object();
  }
  json.close_array();
  json.text_or_null("goes_on_from", header.previous.file_name);
}

void add_seal(JsonLine& json, const Verification& checked) {
  json.text("trace_id", to_hex(checked.trace_id));
  json.text("verdict", checked.sentence);
  json.boolean("encrypted", checked.is_encrypted);
  json.number("bytes_uncompressed", checked.raw_bytes);
}

void print_json(const Case& opened, const Verification& checked) {
  const TraceHeader& header = opened.header();
  const TraceEnd& end = opened.end();
  JsonLine json;
  json.text("file", opened.path());
  json.text("tool", header.tool);
  json.text("host", header.host_name);
  json.text("kernel", header.kernel_release);
  json.text("machine", header.machine);
  json.text("boot_id", header.boot_id);
  json.text("selection", header.selection);
  json.open_array("command");
  for (const std::string& text : header.command) json.text("", text);
  json.close_array();
  add_container(json, container_of(opened));
  add_flight(json, flight_of(header, end));
  json.text("start", rfc3339(header.start.unix_ns));
  json.number("start_ns", header.start.boot_ns);
  end.end.boot_ns ? json.text("end", rfc3339(opened.unix_ns(end.end.boot_ns)))
                  : json.null("end");
  json.number_or_null("end_ns", end.end.boot_ns);
  add_seal(json, checked);
  add_parents(json, header);
  json.number("cpus", header.cpu_count);
  json.number("snaplen", header.snaplen);
  json.number("string_limit", header.string_limit);
  json.boolean("has_enter", header.has_enter);
  json.number("events", opened.events());
  json.number_or_null("seen", end.seen);
  json.number("bytes", end.bytes);
  json.open_object("types");
  for (const TypeCount& count : opened.types())
    json.number(fmt::format("{}", escaped(count.descriptor->name)),
                count.events);
  json.close_object();
  const Facts& facts = opened.facts();
  json.number("processes", facts.processes.size());
  json.number("files", facts.files.size());
  json.number("connections", facts.connections.size());
  json.open_object("gaps");
  json.number("unknown_descriptors", facts.gaps.unknown_descriptors);
  json.number("unknown_paths", facts.gaps.unknown_paths);
  json.number("unknown_types", facts.gaps.unknown_types);
  json.number("inferred_processes", facts.gaps.inferred_processes);
  json.close_object();
  add_snapshots(json, opened);
  add_losses(json, end);
  json.boolean("complete", opened.is_complete());
  json.text("end_reason", end_reason_text(end.reason));
  json.text_or_null("end_detail", end.detail);
  json.text("sentence", sentence_of(opened));
  json.print();
}

void print_line(std::string_view title, std::string_view value) {
  if (!value.empty()) fmt::print("{:<12} {}\n", title, escaped(value));
}

void print_flight(const Flight& flight) {
  for (const Trigger& trigger : flight.triggers) {
    print_line("trigger",
               fmt::format("{} {}: {}", rfc3339(trigger.time.unix_ns),
                           trigger.source, trigger.reason));
    print_line("  with", trigger.detail);
  }
  if (flight.triggers.empty()) return;
  const Trigger& first = flight.triggers.front();
  print_line(
      "flight",
      fmt::format(
          "{:.1f} s before it of {:.0f} s wanted; {} older "
          "events let go; {} triggers muted since the last file",
          double(int64_t(first.time.boot_ns - flight.held_from_ns)) / 1e9,
          double(flight.before_ns) / 1e9, flight.released_events,
          flight.muted_triggers));
}

// Who, where, when and what was selected: what every trace tells.
void print_outside(const std::string& path, const TraceHeader& header,
                   const TraceEnd& end, const ContainerInfo& container) {
  print_line("trace", path);
  print_line("recorded by", header.tool);
  print_line("host", header.host_name);
  print_line("kernel",
             fmt::format("{} {}", header.kernel_release, header.machine));
  print_line("selection", header.selection);
  print_line("container", container.id);
  print_line("name", container.name);
  print_line("image", container.image);
  print_line("runtime", container.runtime);
  if (container.privileged == Privileged::kYes)
    print_line("privileged", "yes: hardly confined at all");
  for (const ContainerMount& mount : container.mounts)
    print_line("mount", fmt::format("{} -> {} {}", mount.source,
                                    mount.destination, mount.options));
  print_line("start", rfc3339(header.start.unix_ns));
  if (end.end.boot_ns != 0)
    print_line("end", rfc3339(header.start.unix_at(end.end.boot_ns)));
  print_line("ended", std::string(end_reason_text(end.reason)) +
                          (end.detail.empty() ? "" : ": " + end.detail));
  print_line("clock", fmt::format("{}.{:09} s after boot are {}",
                                  header.start.boot_ns / 1'000'000'000,
                                  header.start.boot_ns % 1'000'000'000,
                                  rfc3339(header.start.unix_ns)));
  print_line("goes on from", header.previous.file_name);
  for (const Parent& parent : header.parents)
    print_line(parent.operation,
               fmt::format("from {}{}{}: {}", parent.file_name,
                           parent.detail.empty() ? "" : ", ", parent.detail,
                           parent.verdict));
}

void print_seal(const Verification& checked) {
  print_line("seal", checked.sentence);
  print_line("compression",
             fmt::format("{} of {}, 1 : {:.1f}", size_text(checked.bytes),
                         size_text(checked.raw_bytes),
                         double(checked.raw_bytes) /
                             double(std::max<uint64_t>(checked.bytes, 1))));
}

// Where processes and files came from that were there before.
void print_snapshots(const Case& opened) {
  std::string text;
  const auto add = [&](SnapshotSource source, std::string_view from) {
    const uint64_t count = opened.snapshots(source);
    if (count != 0)
      text +=
          fmt::format("{}{} from {}", text.empty() ? "" : ", ", count, from);
  };
  add(SnapshotSource::kKernel, "the kernel's structures");
  add(SnapshotSource::kProc, "/proc");
  add(SnapshotSource::kUnknown, "an unknown source");
  print_line("snapshots", text);
}

void print_text(const Case& opened, const Verification& checked) {
  const TraceEnd& end = opened.end();
  print_outside(opened.path(), opened.header(), end, container_of(opened));
  print_seal(checked);
  print_flight(flight_of(opened.header(), end));
  print_snapshots(opened);
  const Facts& facts = opened.facts();
  const uint64_t events = std::max<uint64_t>(opened.events(), 1);
  print_line("events",
             fmt::format("{} in {} ({:.1f} bytes each)", opened.events(),
                         size_text(end.bytes), double(end.bytes) / events));
  print_line("ledger", ledger_of(end));
  print_line("facts", fmt::format("{} processes, {} file rows, {} "
                                  "connections",
                                  facts.processes.size(), facts.files.size(),
                                  facts.connections.size()));
  auto types = opened.types();
  std::ranges::stable_sort(types, std::ranges::greater{}, &TypeCount::events);
  constexpr size_t kShown = 10;
  for (const TypeCount& count :
       std::span(types).first(std::min(kShown, types.size())))
    fmt::print("  {:>10}  {}\n", count.events, escaped(count.descriptor->name));
  if (types.size() > kShown)
    fmt::print("  {:>10}  more types\n", types.size() - kShown);
  fmt::print("{}\n", sentence_of(opened));
}

void add_origins(JsonLine& json, const TraceReader& reader,
                 const std::string& file) {
  const auto& origins = reader.header().origins;
  const auto& ends = reader.end().origins;
  json.open_array("origins");
  for (size_t i = 0; i < origins.size(); ++i) {
    const TraceHeader& origin = origins[i];
    json.open_object("");
    json.text("view", fmt::format("{}#{}", file, i + 1));
    json.text("host", origin.host_name);
    json.text("boot_id", origin.boot_id);
    json.text("start", rfc3339(origin.start.unix_ns));
    json.number("shift_ns", origin.shift_ns);
    if (i < ends.size()) {
      json.number("events", ends[i].events);
      add_losses(json, ends[i]);
    }
    add_container(json, origin.container);
    json.close_object();
  }
  json.close_array();
}

void print_origins(const TraceReader& reader, const std::string& file) {
  const auto& origins = reader.header().origins;
  const auto& ends = reader.end().origins;
  for (size_t i = 0; i < origins.size(); ++i) {
    const TraceHeader& origin = origins[i];
    uint64_t lost = 0;
    if (i < ends.size())
      for (const Loss& loss : ends[i].losses) lost += loss.count;
    print_line("origin",
               fmt::format("{}#{}: {}, boot {}, from {}, {} events, {} losses",
                           file, i + 1, trace_label(origin), origin.boot_id,
                           rfc3339(origin.start.unix_ns),
                           i < ends.size() ? ends[i].events : 0, lost));
  }
}

// A trace whose events cannot be told of here: encrypted without a key, or
// merged from several.
struct Outside {
  std::string sentence;
  std::string encrypted_to;  // fingerprint; empty: to nobody
};

Outside of_locked(const TraceHeader& header) {
  const std::string to = fingerprint(header.recipients.front().recipient);
  return {fmt::format("What happened is encrypted to key {}: --identity opens "
                      "it.",
                      to),
          to};
}

// Each of the merged traces is told of as a view.
Outside of_merged(const TraceHeader& header, const std::string& file) {
  const size_t count = header.origins.size();
  return {fmt::format("{} traces in one timeline; vestige info {}#1 to {}#{} "
                      "tells of each.",
                      count, file, file, count),
          {}};
}

void print_outside_json(const std::string& file, const TraceReader& reader,
                        const Verification& checked, const Outside& what) {
  const TraceHeader& header = reader.header();
  JsonLine json;
  json.text("file", file);
  json.text("host", header.host_name);
  json.text("selection", header.selection);
  add_container(json, header.container);
  add_flight(json, flight_of(header, reader.end()));
  json.text("start", rfc3339(header.start.unix_ns));
  json.number("start_ns", header.start.boot_ns);
  json.number("events", checked.events);
  add_seal(json, checked);
  add_parents(json, header);
  if (!what.encrypted_to.empty()) json.text("encrypted_to", what.encrypted_to);
  if (!header.origins.empty()) {
    add_origins(json, reader, file);
    add_losses(json, reader.end());
  }
  json.boolean("complete", reader.is_complete());
  json.text("sentence", what.sentence);
  json.print();
}

Result<int> tell_outside(const Options& options, TraceReader& reader,
                         const Verification& checked, const Outside& what) {
  while (TRY(reader.next())) {
  }
  if (options.json) {
    print_outside_json(options.file, reader, checked, what);
    return 0;
  }
  const TraceHeader& header = reader.header();
  print_outside(options.file, header, reader.end(), header.container);
  print_origins(reader, options.file);
  print_seal(checked);
  print_flight(flight_of(header, reader.end()));
  print_line("ledger", ledger_of(reader.end()));
  print_line("events",
             fmt::format("{} in {}", checked.events, size_text(checked.bytes)));
  fmt::print("{}\n", escaped(what.sentence));
  std::fflush(stdout);
  if (!header.origins.empty()) print_losses(reader.end());
  return 0;
}

}  // namespace

Result<int> run_info(const Options& options) {
  auto outside = TRY(TraceReader::open(options.file, {.outside_only = true}));
  const Verification checked = TRY(verify_trace(parse_view(options.file).file));
  const TraceHeader& header = outside.header();
  if (outside.is_locked())
    return tell_outside(options, outside, checked, of_locked(header));
  if (!header.origins.empty())
    return tell_outside(options, outside, checked,
                        of_merged(header, options.file));
  const Case opened = TRY(open_case(options));
  options.json ? print_json(opened, checked) : print_text(opened, checked);
  print_gaps(opened);
  return 0;
}

}  // namespace vestige::cli
