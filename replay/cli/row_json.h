// SPDX-License-Identifier: Apache-2.0
//
// Rows as JSON lines.
#pragma once

#include "replay/case.h"
#include "replay/cli/json_line.h"

namespace vestige::cli {

JsonLine process_json(const Case& opened, const ProcessRow& row);
JsonLine file_json(const Case& opened, const FileRow& row);
JsonLine net_json(const Case& opened, const NetRow& row);
JsonLine message_json(const Case& opened, const MessageRow& row);

// Which conversation: its id, ends, direction, certainty.
void add_connection(JsonLine& json, const ConnectionRow& connection);

std::string_view layer_text(Layer layer);
// "ok" or the name of the error.
std::string result_text(int error);
std::string position_text(Position at);

}  // namespace vestige::cli
