// SPDX-License-Identifier: Apache-2.0
#include "tui/fact_line.h"

#include <fmt/format.h>

#include "tui/describe.h"

namespace vestige::tui {
namespace {

constexpr size_t kMaxCommandBytes = 4096;

FactLine exec_line(const ExecRow& row, const Session& session) {
  FactLine line{.process = row.process, .verb = "exec", .style = Style::kExec};
  line.object = row.argv.empty() ? std::string(row.filename)
                                 : command_text(row.argv, kMaxCommandBytes);
  if (row.error == 0) {
    const FileSummary* file = session.insights().file(row.filename);
    if (file && file->is_dropped()) line.style = Style::kDropped;
  }
  line.result = errno_text(row.error);
  line.is_failure = row.error != 0;
  return line;
}

FactLine file_line(const FileRow& row) {
  FactLine line{.process = row.process,
                .verb = file_op_text(row.op),
                .object = std::string(row.path),
                .result = errno_text(row.error),
                .is_failure = row.error != 0,
                .count = row.seen.count,
                .bytes = row.bytes};
  if (!row.to.empty()) line.object.append(" -> ").append(row.to);
  if (row.has_mode && row.op == FileOp::kChmod) {
    line.object += "  " + mode_text(row.mode);
  }
  switch (category_of(row.op)) {
    case Category::kExec: line.style = Style::kExec; break;
    case Category::kNetwork: line.style = Style::kNetwork; break;
    case Category::kWrite: line.style = Style::kWriteFile; break;
    case Category::kRead: line.style = Style::kPlain; break;
  }
  return line;
}

FactLine net_line(const NetRow& row, const Facts& facts) {
  FactLine line{.process = row.process,
                .verb = net_op_text(row.op),
                .result = errno_text(row.error),
                .style = Style::kNetwork,
                .is_failure = row.error != 0,
                .count = row.seen.count,
                .bytes = row.bytes};
  if (const ConnectionRow* connection = facts.connection(row.connection)) {
    const bool is_local = row.op == NetOp::kBind || row.op == NetOp::kListen ||
                          !connection->remote;
    line.object =
        endpoint_text(is_local ? connection->local : connection->remote);
    if (!line.object.empty()) line.object += ' ';
    line.object += protocol_text(connection->family, connection->type,
                                 connection->protocol);
  }
  return line;
}

FactLine start_line(const ProcessRow& row) {
  FactLine line{.process = row.id, .verb = "start", .style = Style::kDim};
  line.object = row.origin == ProcessOrigin::kFork
                    ? "forked"
                    : std::string(origin_text(row.origin));
  return line;
}

FactLine end_line(const ProcessRow& row) {
  FactLine line{.process = row.id, .verb = "exit", .style = Style::kDim};
  line.result = end_text(row);
  line.is_failure = row.end != ProcessEnd::kExited || row.exit_code != 0;
  return line;
}

}  // namespace

FactLine fact_line(const Session& session, FactRef fact) {
  const Facts& facts = session.data().facts();
  switch (fact.table) {
    case FactTable::kExecs: return exec_line(facts.execs[fact.index], session);
    case FactTable::kFiles: return file_line(facts.files[fact.index]);
    case FactTable::kNet: return net_line(facts.net[fact.index], facts);
    case FactTable::kActions: {
      const ActionRow& row = facts.actions[fact.index];
      return {.process = row.process,
              .verb = action_op_text(row.op),
              .object = action_text(facts, row),
              .result = errno_text(row.error),
              .style = Style::kWarning,
              .is_failure = row.error != 0,
              .count = row.seen.count};
    }
    case FactTable::kStarts: return start_line(facts.processes[fact.index]);
    case FactTable::kEnds: return end_line(facts.processes[fact.index]);
  }
  return {};
}

}  // namespace vestige::tui
