// SPDX-License-Identifier: Apache-2.0
//
// vestige net: who talked to whom.
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>

#include "replay/cli/command.h"
#include "replay/cli/connections.h"
#include "replay/cli/row_json.h"

namespace vestige::cli {
namespace {

// Sockets that are made say little before they are used.
bool is_noise(const NetRow& row) {
  return row.op == NetOp::kSocket && row.error == 0;
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
    case NetOp::kShutdown: return Style::kPlain;
  }
  return Style::kPlain;
}

// Rows of both kinds, in the order of their first event.
class NetTable {
 public:
  explicit NetTable(const Case& opened) : case_(opened) {}

  void add(const NetRow& row) {
    add(row.seen.first_ns, row.process, row.connection,
        {std::string(net_op_text(row.op)), style_of(row)},
        {result_text(row.error), row.error ? Style::kRed : Style::kDim},
        count_text(case_, row.seen), row.bytes ? size_text(row.bytes) : "", "");
  }
  void add(const MessageRow& row) {
    add(row.time_ns, row.process, row.connection,
        {std::string(message_kind_text(row.kind)), Style::kGreen}, {"ok"}, "1",
        "", row.text);
  }
  void print(const Options& options) {
    std::ranges::stable_sort(rows_, {}, &Row::time_ns);
    for (Row& row : rows_) table_.add(std::move(row.cells));
    table_.print(options.color, options.wide ? Fit::kWhole : Fit::kCut);
  }

 private:
  struct Row {
    uint64_t time_ns;
    std::vector<Cell> cells;
  };

  void add(uint64_t time_ns, ProcessId process, ConnectionId id, Cell op,
           Cell result, std::string count, std::string bytes,
           std::string_view text) {
    const ConnectionRow& connection = *case_.facts().connection(id);
    const std::string_view protocol =
        protocol_text(connection.family, connection.type, connection.protocol);
    std::string remote = endpoint_text(connection.remote);
    if (is_metadata_service(connection.remote))
      remote.append(" (metadata service)");
    if (!connection.remote_name.empty())
      remote.append(" (").append(connection.remote_name).append(")");
    if (!text.empty()) remote.append("  ").append(text);
    rows_.push_back(
        {time_ns,
         {{clock_text(case_.unix_ns(time_ns)), Style::kDim},
          {process_label(case_.facts(), process)},
          {fmt::format("{}", uint32_t(id)), Style::kDim},
          std::move(op),
          {connection.family == AF_INET
               ? std::string(protocol)
               : fmt::format("{}/{}", family_text(connection.family),
                             protocol)},
          std::move(result),
          {std::move(count)},
          {std::move(bytes)},
          {endpoint_text(connection.local)},
          {std::move(remote)}}});
  }

  const Case& case_;
  std::vector<Row> rows_;
  Table table_{{{"TIME"},
                {"PROCESS"},
                {"CONN", Align::kRight},
                {"OP"},
                {"PROTO"},
                {"RESULT"},
                {"COUNT", Align::kRight},
                {"BYTES", Align::kRight},
                {"LOCAL"},
                {"REMOTE"}}};
};

}  // namespace

Result<int> run_net(const Options& options) {
  const Case opened = TRY(open_case(options));
  if (options.connections) {
    print_connections(opened, options);
    print_gaps(opened);
    return 0;
  }
  const Facts& facts = opened.facts();
  NetTable table(opened);
  for (const NetRow& row : facts.net) {
    if (!is_wanted(options, row.process)) continue;
    if (options.json)
      net_json(opened, row).print();
    else if (options.all || !is_noise(row))
      table.add(row);
  }
  for (const MessageRow& row : facts.messages) {
    if (!is_wanted(options, row.process)) continue;
    if (options.json)
      message_json(opened, row).print();
    else
      table.add(row);
  }
  if (!options.json) table.print(options);
  print_gaps(opened);
  return 0;
}

}  // namespace vestige::cli
