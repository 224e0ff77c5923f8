// SPDX-License-Identifier: Apache-2.0
//
// vestige net: who talked to whom.
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>

#include "replay/cli/command.h"
#include "replay/cli/connections.h"
#include "replay/cli/row_json.h"
#include "replay/cli/timeline.h"

namespace vestige::cli {
namespace {

// Sockets that are made, or waited for, say little before they are used.
bool is_noise(const NetRow& row) {
  return row.op == NetOp::kReady ||
         (row.op == NetOp::kSocket && row.error == 0);
}

Style style_of(const NetRow& row) {
  if (row.error && row.error != EINPROGRESS) return Style::kRed;
  switch (row.op) {
    case NetOp::kConnect: return Style::kYellow;
    case NetOp::kBind:
    case NetOp::kListen:
    case NetOp::kAccept: return Style::kCyan;
    case NetOp::kSocket:
    case NetOp::kSend:
    case NetOp::kReceive:
    case NetOp::kShutdown:
    case NetOp::kReady: return Style::kPlain;
  }
  return Style::kPlain;
}

struct Shown {
  uint64_t time_ns;
  ProcessId process;
  ConnectionId connection;
  Cell op, result;
  std::string count, bytes;
  std::string_view text;
};

void add_row(Timeline& timeline, const Case& opened, Shown shown) {
  const ConnectionRow& connection =
      *opened.facts().connection(shown.connection);
  const std::string_view protocol =
      protocol_text(connection.family, connection.type, connection.protocol);
  std::string remote = endpoint_text(connection.remote);
  if (is_metadata_service(connection.remote))
    remote.append(" (metadata service)");
  if (!connection.remote_name.empty())
    remote.append(" (").append(connection.remote_name).append(")");
  if (!shown.text.empty()) remote.append("  ").append(shown.text);
  timeline.add(
      opened, shown.time_ns,
      {{process_label(opened.facts(), shown.process)},
       {fmt::format("{}", uint32_t(shown.connection)), Style::kDim},
       std::move(shown.op),
       {connection.family == AF_INET
            ? std::string(protocol)
            : fmt::format("{}/{}", family_text(connection.family), protocol)},
       std::move(shown.result),
       {std::move(shown.count)},
       {std::move(shown.bytes)},
       {endpoint_text(connection.local)},
       {std::move(remote)}});
}

void add(Timeline& timeline, const Case& opened, const NetRow& row) {
  add_row(timeline, opened,
          {row.seen.first_ns,
           row.process,
           row.connection,
           {std::string(net_op_text(row.op)), style_of(row)},
           {result_text(row.error), row.error ? Style::kRed : Style::kDim},
           count_text(opened, row.seen),
           row.bytes ? size_text(row.bytes) : "",
           ""});
}
void add(Timeline& timeline, const Case& opened, const MessageRow& row) {
  add_row(timeline, opened,
          {row.time_ns,
           row.process,
           row.connection,
           {std::string(message_kind_text(row.kind)), Style::kGreen},
           {"ok"},
           "1",
           "",
           row.text});
}

}  // namespace

Result<int> run_net(const Options& options) {
  const std::vector<Case> cases = TRY(open_cases(options));
  if (options.connections) {
    for (const Case& opened : cases) {
      print_connections(opened, options);
      print_gaps(opened);
    }
    return 0;
  }
  Timeline timeline(cases, {{"PROCESS"},
                            {"CONN", Align::kRight},
                            {"OP"},
                            {"PROTO"},
                            {"RESULT"},
                            {"COUNT", Align::kRight},
                            {"BYTES", Align::kRight},
                            {"LOCAL"},
                            {"REMOTE"}});
  for (const Case& opened : cases) {
    for (const NetRow& row : opened.facts().net) {
      if (!is_wanted(options, row.process)) continue;
      if (options.json)
        timeline.add(opened, row.seen.first_ns, net_json(opened, row));
      else if (options.all || !is_noise(row))
        add(timeline, opened, row);
    }
    for (const MessageRow& row : opened.facts().messages) {
      if (!is_wanted(options, row.process)) continue;
      if (options.json)
        timeline.add(opened, row.time_ns, message_json(opened, row));
      else
        add(timeline, opened, row);
    }
  }
  timeline.print(options);
  for (const Case& opened : cases) print_gaps(opened);
  return 0;
}

}  // namespace vestige::cli
