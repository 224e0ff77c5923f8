// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/connections.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "replay/cli/row_json.h"

namespace vestige::cli {
namespace {

using Owners = std::multimap<ConnectionId, const OwnerRow*>;

std::string result_of(const ConnectionRow& row) {
  if (row.direction != Direction::kOutgoing)
    return row.is_established ? "established" : "";
  if (row.error == EINPROGRESS && !row.is_established)
    return "in progress, result not seen";
  const std::string result = row.error == 0 || row.is_established
                                 ? "connected"
                                 : result_text(row.error);
  return row.was_in_progress ? "in progress, then " + result : result;
}

bool is_wanted_row(const Options& options, const ConnectionRow& row,
                   const Owners& owners) {
  if (is_wanted(options, row.process)) return true;
  const auto [first, last] = owners.equal_range(row.id);
  return std::any_of(first, last, [&](const auto& owner) {
    return is_wanted(options, owner.second->process);
  });
}

void add_end(JsonLine& json, const Case& opened, const OwnerRow& owner) {
  owner.end_ns ? json.text("to", rfc3339(opened.unix_ns(owner.end_ns)))
               : json.null("to");
  // The last descriptor may have gone with those of somebody else.
  owner.end_at != Position{} ? json.text("to_at", position_text(owner.end_at))
                             : json.null("to_at");
}

void add_owners(JsonLine& json, const Case& opened, const ConnectionRow& row,
                const Owners& owners) {
  json.open_array("owners");
  const auto [first, last] = owners.equal_range(row.id);
  for (auto at = first; at != last; ++at) {
    const OwnerRow& owner = *at->second;
    json.open_object("");
    json.number("process", uint32_t(owner.process));
    json.text("how", own_how_text(owner.how));
    json.number_or_null("from", uint32_t(owner.from));
    json.text("time", rfc3339(opened.unix_ns(owner.time_ns)));
    json.text("at", position_text(owner.at));
    add_end(json, opened, owner);
    json.close_object();
  }
  json.close_array();
}

JsonLine json_of(const Case& opened, const ConnectionRow& row,
                 const Owners& owners) {
  JsonLine json;
  add_connection(json, row);
  json.number_or_null("process", uint32_t(row.process));
  json.text_or_null("result", result_of(row));
  json.number_or_null("net_namespace", row.net_namespace);
  json.text("start", rfc3339(opened.unix_ns(row.start_ns)));
  row.end_ns ? json.text("end", rfc3339(opened.unix_ns(row.end_ns)))
             : json.null("end");
  json.number("bytes_sent", row.bytes_sent);
  json.number("bytes_received", row.bytes_received);
  json.number("sends", row.sends);
  json.number("receives", row.receives);
  for (const auto& [key, packets] :
       {std::pair{"packets_sent", row.messages_sent},
        {"packets_received", row.messages_received}})
    has_packets(row) ? json.number(key, packets) : json.null(key);
  json.boolean("from_snapshot", row.is_from_snapshot);
  add_owners(json, opened, row, owners);
  json.text("at", position_text(row.at));
  return json;
}

}  // namespace

void print_connections(const Case& opened, const Options& options) {
  const Facts& facts = opened.facts();
  Owners owners;
  for (const OwnerRow& row : facts.owners) owners.emplace(row.connection, &row);
  Table table({{"START"},
               {"END"},
               {"CONN", Align::kRight},
               {"PROTO"},
               {"DIRECTION"},
               {"RESULT"},
               {"SENT", Align::kRight},
               {"RECEIVED", Align::kRight},
               {"LOCAL"},
               {"REMOTE"},
               {"OWNERS"}});
  for (const ConnectionRow& row : facts.connections) {
    if (!is_wanted_row(options, row, owners)) continue;
    if (options.json) {
      json_of(opened, row, owners).print();
      continue;
    }
    std::string who;
    const auto [first, last] = owners.equal_range(row.id);
    for (auto at = first; at != last; ++at)
      who.append(who.empty() ? "" : ", ")
          .append(process_label(facts, at->second->process))
          .append(at->second->how == OwnHow::kOpened
                      ? ""
                      : fmt::format(" ({})", own_how_text(at->second->how)));
    table.add({{clock_text(opened.unix_ns(row.start_ns)), Style::kDim},
               {row.end_ns ? clock_text(opened.unix_ns(row.end_ns)) : "",
                Style::kDim},
               {fmt::format("{}", uint32_t(row.id))},
               {std::string(protocol_text(row.family, row.type, row.protocol))},
               {std::string(direction_text(row.direction))},
               {result_of(row)},
               {size_text(row.bytes_sent)},
               {size_text(row.bytes_received)},
               {endpoint_text(row.local)},
               {endpoint_text(row.remote)},
               {std::move(who)}});
  }
  if (!options.json)
    table.print(options.color, options.wide ? Fit::kWhole : Fit::kCut);
}

}  // namespace vestige::cli
