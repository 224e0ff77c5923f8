// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "tui/describe.h"
#include "tui/detail_lines.h"

namespace vestige::tui {
namespace {

constexpr size_t kCommandBytes = 512;
constexpr int kMaxAncestors = 32;

void add_identity(const Session& session, const ProcessRow& row,
                  std::vector<Line>& out) {
  out.push_back(Line::field(
      "Process",
      fmt::format("{}  {}", row.pid, process_command(row, kCommandBytes)),
      Style::kStrong, row.id));
  if (row.ns_pid && row.ns_pid != row.pid) {
    out.push_back(
        Line::field("In container", fmt::format("pid {}", row.ns_pid)));
  }
  out.push_back(Line::field("Name", std::string(row.comm)));
  out.push_back(Line::field("Program", std::string(row.exe), Style::kPlain,
                            row.exe.empty() ? Subject{} : FilePath{row.exe}));
  out.push_back(Line::field("Directory", std::string(row.cwd)));
  if (!row.root.empty() && row.root != "/") {
    out.push_back(Line::field("Root", std::string(row.root), Style::kWarning));
  }
  const bool is_inferred = row.origin == ProcessOrigin::kInferred;
  out.push_back(
      Line::field("Start",
                  fmt::format("{}  {}", session.date_time_text(row.start_ns),
                              origin_text(row.origin)),
                  is_inferred ? Style::kWarning : Style::kPlain));
  std::string end = end_text(row);
  if (row.end == ProcessEnd::kExited) end = fmt::format("exit code {}", end);
  if (row.end_ns) end += "  " + session.date_time_text(row.end_ns);
  if (row.core_dumped) end += "  core dumped";
  out.push_back(Line::field(
      "End", end,
      row.end == ProcessEnd::kKilled ? Style::kBad : Style::kPlain));
}

void add_rights(const ProcessRow& row, std::vector<Line>& out) {
  if (!row.credentials_known) {
    out.push_back(Line::field("User", "not known", Style::kWarning));
    return;
  }
  const CredentialsPart& who = row.credentials;
  out.push_back(Line::field("User",
                            fmt::format("uid {} euid {} gid {} egid {}",
                                        who.uid, who.euid, who.gid, who.egid),
                            who.euid == 0 ? Style::kRoot : Style::kPlain));
  out.push_back(Line::field("Capabilities",
                            fmt::format("effective {:016x} permitted {:016x}",
                                        who.cap_effective, who.cap_permitted)));
}

void add_ancestors(const Session& session, const ProcessRow& row,
                   std::vector<Line>& out) {
  const Facts& facts = session.data().facts();
  out.push_back({});
  out.push_back(Line::heading("Started by"));
  if (row.parent_certainty != Certainty::kObserved &&
      row.parent != ProcessId::kNone) {
    out.push_back(Line::text(
        fmt::format("the parent is {}", certainty_text(row.parent_certainty)),
        Style::kWarning));
  }
  const ProcessRow* up = facts.process(row.parent);
  for (int i = 0; up && i < kMaxAncestors; ++i) {
    out.push_back(Line::field(
        fmt::format("{}", up->pid), process_command(*up, kCommandBytes),
        up->is_selected ? Style::kPlain : Style::kDim, up->id));
    up = facts.process(up->parent);
  }
  if (row.parent == ProcessId::kNone) {
    out.push_back(Line::text("not known", Style::kWarning));
  }
  if (const ProcessRow* killer = facts.process(row.killed_by)) {
    out.push_back({});
    out.push_back(Line::heading("Killed by (inferred)"));
    out.push_back(Line::field(fmt::format("{}", killer->pid),
                              process_command(*killer, kCommandBytes),
                              Style::kBad, killer->id));
  }
}

void add_execs(const Session& session, const ProcessRow& row,
               std::vector<Line>& out) {
  if (row.exec_count == 0) return;
  out.push_back({});
  out.push_back(Line::heading("Programs it ran"));
  for (uint32_t i = 0; i < row.exec_count && i < kMaxListed; ++i) {
    out.push_back(
        fact_as_line(session, FactRef{FactTable::kExecs, row.first_exec + i}));
  }
  add_left_out(row.exec_count, out);
}

void add_children(const Session& session, const ProcessRow& row,
                  std::vector<Line>& out) {
  size_t count = 0;
  for (const ProcessRow& child : session.data().facts().processes) {
    if (child.parent != row.id || child.id == row.id) continue;
    if (count == 0) {
      out.push_back({});
      out.push_back(Line::heading("Started"));
    }
    if (++count > kMaxListed) continue;
    out.push_back(Line::field(fmt::format("{}", child.pid),
                              process_command(child, kCommandBytes),
                              Style::kPlain, child.id));
  }
  add_left_out(count, out);
}

// The changes first: they are what one looks for.
void add_deeds(const Session& session, const ProcessRow& row,
               std::vector<Line>& out) {
  const Facts& facts = session.data().facts();
  const auto section = [&](std::string title, auto&& wanted, const auto& rows,
                           FactTable table) {
    size_t count = 0;
    for (uint32_t i = 0; i < rows.size(); ++i) {
      if (rows[i].process != row.id || !wanted(rows[i])) continue;
      if (count == 0) {
        out.push_back({});
        out.push_back(Line::heading(title));
      }
      if (++count > kMaxListed) continue;
      out.push_back(fact_as_line(session, FactRef{table, i}));
    }
    add_left_out(count, out);
  };
  section(
      "Files it changed",
      [](const FileRow& file) {
        return category_of(file.op) == Category::kWrite;
      },
      facts.files, FactTable::kFiles);
  section(
      "Network", [](const NetRow&) { return true; }, facts.net,
      FactTable::kNet);
  section(
      "To others and to the machine", [](const ActionRow&) { return true; },
      facts.actions, FactTable::kActions);
  section(
      "Files it read",
      [](const FileRow& file) { return file.op == FileOp::kRead; }, facts.files,
      FactTable::kFiles);
}

}  // namespace

void add_process_details(const Session& session, const ProcessRow& row,
                         std::vector<Line>& out) {
  add_identity(session, row, out);
  add_rights(row, out);
  out.push_back(Line::field(
      "Groups", fmt::format("session {} group {} threads {}", row.session,
                            row.process_group, row.threads)));
  out.push_back(Line::field(
      "Namespaces", fmt::format("pid {} mnt {} net {}", row.pid_namespace,
                                row.mnt_namespace, row.net_namespace)));
  int number = 0;
  for (const std::string_view one : split_strings(row.argv)) {
    out.push_back(
        Line::field(fmt::format("argv[{}]", number++), std::string(one)));
  }
  add_ancestors(session, row, out);
  add_execs(session, row, out);
  add_children(session, row, out);
  add_deeds(session, row, out);
}

}  // namespace vestige::tui
