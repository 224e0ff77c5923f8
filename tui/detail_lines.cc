// SPDX-License-Identifier: Apache-2.0
#include "tui/detail_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tui/describe.h"
#include "tui/fact_line.h"
#include "tui/file_ops.h"

namespace vestige::tui {
namespace {

Style certainty_style(Certainty certainty) {
  return certainty == Certainty::kObserved ? Style::kPlain : Style::kWarning;
}

void add_seen(const Session& session, const Occurrence& seen,
              std::vector<Line>& out) {
  out.push_back(Line::field("First", session.date_time_text(seen.first_ns)));
  if (seen.count > 1) {
    out.push_back(Line::field("Last", session.date_time_text(seen.last_ns)));
    out.push_back(Line::field("Times", count_text(seen.count)));
  }
  out.push_back(Line::field(
      "Events",
      seen.count > 1
          ? fmt::format("{}:{} to {}:{}", seen.first.chunk, seen.first.index,
                        seen.last.chunk, seen.last.index)
          : fmt::format("{}:{}", seen.first.chunk, seen.first.index)));
}

void add_process_line(const Session& session, std::string_view label,
                      ProcessId id, std::vector<Line>& out) {
  if (id == ProcessId::kNone) return;
  const ProcessRow* row = session.data().facts().process(id);
  if (!row) return;
  out.push_back(Line::field(
      label, fmt::format("{}  {}", row->pid, process_command(*row, 512)),
      Style::kStrong, id));
}

std::string_view layer_text(Layer layer) {
  switch (layer) {
    case Layer::kUnknown: return "";
    case Layer::kNone: return "not on overlayfs";
    case Layer::kUpper: return "made or changed in this container";
    case Layer::kLower: return "as in the image";
  }
  return "";
}

void add_file_row(const Session& session, const FileRow& row,
                  std::vector<Line>& out) {
  out.push_back(
      Line::field("Did", std::string(file_op_text(row.op)), Style::kStrong));
  if (row.how != FileHow::kNone) {
    out.push_back(Line::field("By", std::string(file_how_text(row.how))));
  }
  out.push_back(Line::field("Path", std::string(row.path), Style::kStrong,
                            FilePath{row.path}));
  out.push_back(Line::field("Path is",
                            std::string(certainty_text(row.path_certainty)),
                            certainty_style(row.path_certainty)));
  if (!row.requested.empty()) {
    out.push_back(Line::field("As asked for", std::string(row.requested)));
  }
  if (!row.to.empty()) {
    out.push_back(Line::field("To", std::string(row.to), Style::kStrong,
                              FilePath{row.to}));
  }
  out.push_back(Line::field("Result", errno_text(row.error),
                            row.error ? Style::kBad : Style::kGood));
  if (row.bytes) {
    out.push_back(Line::field("Bytes", count_text(row.bytes)));
  }
  if (row.has_mode) out.push_back(Line::field("Mode", mode_text(row.mode)));
  if (row.op == FileOp::kChown) {
    out.push_back(
        Line::field("Owner", fmt::format("uid {} gid {}", row.uid, row.gid)));
  }
  if (row.inode != 0) {
    out.push_back(
        Line::field("Inode", fmt::format("{} on device {}:{}", row.inode,
                                         row.dev_major, row.dev_minor)));
  }
  if (!layer_text(row.layer).empty()) {
    out.push_back(Line::field("Layer", std::string(layer_text(row.layer))));
  }
  if (row.is_deleted) {
    out.push_back(Line::field("Name", "the file had no name left by then",
                              Style::kWarning));
  }
  add_seen(session, row.seen, out);
}

void add_exec_row(const Session& session, const ExecRow& row,
                  std::vector<Line>& out) {
  out.push_back(Line::field("Program", std::string(row.filename),
                            Style::kStrong, FilePath{row.filename}));
  if (!row.exe.empty() && row.exe != row.filename) {
    out.push_back(Line::field("Runs", std::string(row.exe), Style::kPlain,
                              FilePath{row.exe}));
  }
  out.push_back(Line::field("Result", errno_text(row.error),
                            row.error ? Style::kBad : Style::kGood));
  out.push_back(Line::field("Statement is",
                            std::string(certainty_text(row.certainty)),
                            certainty_style(row.certainty)));
  out.push_back(
      Line::field("User", fmt::format("uid {} euid {}", row.uid, row.euid)));
  if (!row.cwd.empty()) {
    out.push_back(Line::field("Directory", std::string(row.cwd)));
  }
  if (row.inode != 0) {
    out.push_back(
        Line::field("Inode", fmt::format("{} on device {}:{}", row.inode,
                                         row.dev_major, row.dev_minor)));
  }
  if (!layer_text(row.layer).empty()) {
    out.push_back(Line::field("Layer", std::string(layer_text(row.layer))));
  }
  if (row.is_deleted) {
    out.push_back(Line::field("Name", "the file had no name left by then",
                              Style::kWarning));
  }
  out.push_back(Line::field("Time", session.date_time_text(row.time_ns)));
  out.push_back(
      Line::field("Event", fmt::format("{}:{}", row.at.chunk, row.at.index)));
  int number = 0;
  for (const std::string_view one : split_strings(row.argv)) {
    out.push_back(
        Line::field(fmt::format("argv[{}]", number++), std::string(one)));
  }
  for (const std::string_view one : split_strings(row.env)) {
    out.push_back(Line::field("env", std::string(one), Style::kDim));
  }
}

void add_action_row(const Session& session, const ActionRow& row,
                    std::vector<Line>& out) {
  const Facts& facts = session.data().facts();
  out.push_back(
      Line::field("Did", std::string(action_op_text(row.op)), Style::kStrong));
  out.push_back(Line::field("Call", action_text(facts, row)));
  add_process_line(session, "Target", row.target, out);
  out.push_back(Line::field("Value", fmt::format("{:#x}", row.value)));
  out.push_back(Line::field("Result", errno_text(row.error),
                            row.error ? Style::kBad : Style::kGood));
  add_seen(session, row.seen, out);
}

}  // namespace

void add_left_out(size_t count, std::vector<Line>& out) {
  if (count <= kMaxListed) return;
  out.push_back(
      Line::text(fmt::format("... and {} more", count_text(count - kMaxListed)),
                 Style::kWarning));
}

Line fact_as_line(const Session& session, FactRef fact) {
  const FactLine text = fact_line(session, fact);
  const Bearings known = bearings(session.data().facts(), fact);
  Line line{.subject = fact};
  line.spans = {{session.time_text(known.first_ns) + "  ", Style::kDim},
                {fmt::format("{:<12}", text.verb), text.style},
                {text.object, text.style}};
  if (text.is_failure) line.spans.push_back({"  " + text.result, Style::kBad});
  line.indent = kTimeColumns + 2 + 12;
  return line;
}

void add_file_details(const Session& session, std::string_view path,
                      std::vector<Line>& out) {
  out.push_back(
      Line::field("File", std::string(path), Style::kStrong, FilePath{path}));
  const FileSummary* file = session.insights().file(path);
  if (!file) {
    out.push_back(Line::text("nothing was seen done to it", Style::kDim));
    return;
  }
  out.push_back(Line::field("Done", op_letters(*file)));
  out.push_back(Line::text(
      std::string(15, ' ') + std::string(op_letters_legend()), Style::kDim));
  const auto time = [&](std::string_view label, uint64_t ns, Style style) {
    if (ns == 0) return;
    out.push_back(Line::field(label, session.date_time_text(ns), style));
  };
  time("First", file->first_ns, Style::kPlain);
  time("Last", file->last_ns, Style::kPlain);
  time("Made", file->made_ns, Style::kWriteFile);
  add_process_line(session, "Made by", file->maker, out);
  time("Run", file->run_ns,
       file->is_dropped() ? Style::kDropped : Style::kExec);
  time("Deleted", file->deleted_ns, Style::kWarning);
  out.push_back(Line::field(
      "Bytes", fmt::format("{} read, {} written", count_text(file->bytes_read),
                           count_text(file->bytes_written))));
  out.push_back({});
  out.push_back(Line::heading("What was done, by whom"));
  const Rows<FileRow>& rows = session.data().facts().files;
  size_t count = 0;
  for (uint32_t i = 0; i < rows.size(); ++i) {
    if (rows[i].path != path && rows[i].to != path) continue;
    if (++count > kMaxListed) continue;
    Line line = fact_as_line(session, FactRef{FactTable::kFiles, i});
    line.spans.push_back(
        {"  by " + session.process_text(rows[i].process), Style::kPlain});
    out.push_back(std::move(line));
  }
  add_left_out(count, out);
}

void add_connection_details(const Session& session, const ConnectionRow& row,
                            std::vector<Line>& out) {
  out.push_back(
      Line::field("Connection", connection_text(row), Style::kStrong, row.id));
  out.push_back(Line::field("Local", endpoint_text(row.local)));
  out.push_back(Line::field("Remote", endpoint_text(row.remote)));
  out.push_back(Line::field("Endpoints are",
                            std::string(certainty_text(row.certainty)),
                            certainty_style(row.certainty)));
  out.push_back(
      Line::field("Direction", std::string(direction_text(row.direction))));
  out.push_back(Line::field("Result", connection_result(row)));
  add_process_line(session, "Opened by", row.process, out);
  out.push_back(Line::field("Start", session.date_time_text(row.start_ns)));
  out.push_back(Line::field("End", row.end_ns
                                       ? session.date_time_text(row.end_ns)
                                       : "open, or its end was not seen"));
  out.push_back(Line::field(
      "Sent", fmt::format("{} bytes in {} calls", count_text(row.bytes_sent),
                          count_text(row.sends))));
  out.push_back(Line::field(
      "Received",
      fmt::format("{} bytes in {} calls", count_text(row.bytes_received),
                  count_text(row.receives))));
  if (row.inode) {
    out.push_back(Line::field("Socket", fmt::format("inode {}", row.inode)));
  }
  out.push_back({});
  out.push_back(Line::heading("What was done, by whom"));
  const std::vector<NetRow>& rows = session.data().facts().net;
  size_t count = 0;
  for (uint32_t i = 0; i < rows.size(); ++i) {
    if (rows[i].connection != row.id) continue;
    if (++count > kMaxListed) continue;
    Line line = fact_as_line(session, FactRef{FactTable::kNet, i});
    line.spans.push_back(
        {"  by " + session.process_text(rows[i].process), Style::kPlain});
    out.push_back(std::move(line));
  }
  add_left_out(count, out);
}

void add_fact_details(const Session& session, FactRef fact,
                      std::vector<Line>& out) {
  const Facts& facts = session.data().facts();
  const Bearings known = bearings(facts, fact);
  add_process_line(session, "Process", known.process, out);
  switch (fact.table) {
    case FactTable::kExecs:
      add_exec_row(session, facts.execs[fact.index], out);
      break;
    case FactTable::kFiles:
      add_file_row(session, facts.files[fact.index], out);
      break;
    case FactTable::kNet: {
      const NetRow& row = facts.net[fact.index];
      out.push_back(
          Line::field("Did", std::string(net_op_text(row.op)), Style::kStrong));
      out.push_back(Line::field("Result", errno_text(row.error),
                                row.error ? Style::kBad : Style::kGood));
      if (row.bytes) {
        out.push_back(Line::field("Bytes", count_text(row.bytes)));
      }
      add_seen(session, row.seen, out);
      out.push_back({});
      if (const ConnectionRow* connection = facts.connection(row.connection)) {
        add_connection_details(session, *connection, out);
      }
      break;
    }
    case FactTable::kActions:
      add_action_row(session, facts.actions[fact.index], out);
      break;
    case FactTable::kStarts:
    case FactTable::kEnds:
      add_process_details(session, facts.processes[fact.index], out);
      break;
  }
}

}  // namespace vestige::tui
