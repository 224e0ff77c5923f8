// SPDX-License-Identifier: Apache-2.0
//
// custody.jsonl: what was done with evidence, by whom and when. A line is a
// JSON object; "previous" is the SHA-256 of the line before, so nothing can
// be changed or taken out without changing all that follows. Lines are only
// ever added.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"

namespace vestige {

class Custody {
 public:
  // kBadInput: a line does not fit to the one before; which one is told.
  static Result<Custody> parse(std::string_view file, std::string_view text);

  struct Act {
    int64_t unix_ns = 0;
    std::string by;      // a person
    std::string tool;    // a program with its version
    std::string action;  // "opened", "made", or in words
  };
  // More keys go into the line, after those of the act.
  void add(const Act& act, const nlohmann::ordered_json& more);

  [[nodiscard]] size_t size() const { return lines_.size(); }
  [[nodiscard]] std::string text() const;  // all lines
  // SHA-256 of the last line: noted elsewhere, it seals the whole.
  [[nodiscard]] std::string head() const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace vestige
