// SPDX-License-Identifier: Apache-2.0
//
// vestige net: who talked to whom.
#include <fmt/format.h>
#include <sys/socket.h>

#include "replay/cli/command.h"
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

}  // namespace

Result<int> run_net(const Options& options) {
  const Case opened = TRY(open_case(options));
  const Facts& facts = opened.facts();
  Table table({{"TIME"},
               {"PROCESS"},
               {"CONN", Align::kRight},
               {"OP"},
               {"PROTO"},
               {"RESULT"},
               {"COUNT", Align::kRight},
               {"BYTES", Align::kRight},
               {"LOCAL"},
               {"REMOTE"}});
  for (const NetRow& row : facts.net) {
    if (!is_wanted(options, row.process)) continue;
    if (options.json) {
      net_json(opened, row).print();
      continue;
    }
    if (!options.all && is_noise(row)) continue;
    const ConnectionRow& connection = *facts.connection(row.connection);
    const std::string_view protocol =
        protocol_text(connection.family, connection.type, connection.protocol);
    const bool is_inet = connection.family == AF_INET;
    table.add({{clock_text(opened.unix_ns(row.seen.first_ns)), Style::kDim},
               {process_label(facts, row.process)},
               {fmt::format("{}", uint32_t(row.connection)), Style::kDim},
               {std::string(net_op_text(row.op)), style_of(row)},
               {is_inet ? std::string(protocol)
                        : fmt::format("{}/{}", family_text(connection.family),
                                      protocol)},
               {result_text(row.error), row.error ? Style::kRed : Style::kDim},
               {fmt::format("{}", row.seen.count)},
               {row.bytes ? size_text(row.bytes) : ""},
               {endpoint_text(connection.local)},
               {endpoint_text(connection.remote)}});
  }
  if (!options.json)
    table.print(options.color, options.wide ? Fit::kWhole : Fit::kCut);
  print_gaps(opened);
  return 0;
}

}  // namespace vestige::cli
