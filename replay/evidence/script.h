// SPDX-License-Identifier: Apache-2.0
//
// An evidence script: what to look for in traces and how to hand it over.
//
//   name: Network contacts
//   description: Who talked to whom.
//   lists:
//     inside: [10.0.0.0/8, 127.0.0.0/8]
//   macros:
//     outward: conn.direction = outgoing and not fd.snet in (inside)
//   outputs:
//     - name: contacts
//       rows: connections
//       where: outward
//       columns: [row.first.iso8601, proc.name, conn.remote]
//       formats: [csv, jsonl]
//     - name: packets
//       formats: [pcapng]
//
// Reading one checks all of it: keys, names, filters, columns, formats.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"
#include "replay/export/formats.h"
#include "replay/filter/filter.h"

namespace vestige {

struct ScriptOutput {
  std::string name;             // [a-z0-9_-]+: part of file names
  std::string title;            // for people
  std::optional<RowKind> rows;  // nothing: formats are about a whole trace
  std::string where;            // a filter; empty: all
  std::string columns;          // fields, joined by commas
  std::vector<const Format*> formats;
};

struct EvidenceScript {
  std::string name;
  std::string description;
  filter::Definitions definitions;
  std::vector<ScriptOutput> outputs;

  [[nodiscard]] bool wants(RowKind kind) const;
};

// Lists that are given other items: list name, items.
using ListValues = std::map<std::string, std::vector<std::string>>;

// file: for messages, "FILE:LINE:COLUMN: what is wrong" (kBadInput). kUsage:
// a value for a list that the script does not have.
Result<EvidenceScript> parse_script(std::string_view file,
                                    const std::string& text,
                                    const ListValues& values = {});

}  // namespace vestige
