// SPDX-License-Identifier: Apache-2.0
//
// Lenient reading of the runtimes' JSON: what is not there, or is of another
// type, is empty. Never throws.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "capture/proc_file.h"

namespace vestige {

using Json = nlohmann::json;

inline Json read_json(const std::string& path) {
  Json json = Json::parse(read_file(path).value_or(""), nullptr, false);
  return json.is_discarded() ? Json() : json;
}

inline const Json& member(const Json& json, const std::string& name) {
  static const Json kNone;
  if (!json.is_object()) return kNone;
  const auto found = json.find(name);
  return found == json.end() ? kNone : *found;
}

inline std::string text_of(const Json& json) {
  return json.is_string() ? json.get<std::string>() : "";
}

inline std::vector<std::pair<std::string, std::string>> pairs_of(
    const Json& json) {
  std::vector<std::pair<std::string, std::string>> out;
  if (json.is_object())
    for (const auto& [key, value] : json.items())
      out.emplace_back(key, text_of(value));
  return out;
}

}  // namespace vestige
