// SPDX-License-Identifier: Apache-2.0
#include "replay/evidence/custody.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "format/escape.h"
#include "replay/evidence/digest.h"
#include "replay/facts/time_text.h"

namespace vestige {

using nlohmann::ordered_json;

Result<Custody> Custody::parse(std::string_view file, std::string_view text) {
  Custody custody;
  while (!text.empty()) {
    const std::string line(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto json = ordered_json::parse(line, nullptr, false);
    const bool fits = json.is_object() && json.contains("previous") &&
                      json["previous"] == custody.head() &&
                      json.contains("number") &&
                      json["number"] == custody.lines_.size() + 1;
    if (!fits)
      return Error{ErrorKind::kBadInput,
                   fmt::format("{}: line {} does not follow from the line "
                               "before: the record was changed",
                               escaped(file), custody.lines_.size() + 1)};
    custody.lines_.push_back(line);
  }
  return custody;
}

void Custody::add(const Act& act, const ordered_json& more) {
  ordered_json json = {{"number", lines_.size() + 1},
                       {"time", iso8601(act.unix_ns)},
                       {"by", to_utf8(act.by)},
                       {"tool", act.tool},
                       {"action", to_utf8(act.action)}};
  json.update(more);
  json["previous"] = head();
  lines_.push_back(
      json.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

std::string Custody::text() const {
  std::string out;
  for (const std::string& line : lines_) out += line + '\n';
  return out;
}

std::string Custody::head() const {
  return lines_.empty() ? std::string(64, '0') : sha256_hex(lines_.back());
}

}  // namespace vestige
