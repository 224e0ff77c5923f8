// SPDX-License-Identifier: Apache-2.0
//
// Rule files as texts, read one after the other.
#pragma once

#include <string>
#include <vector>

#include "replay/rules/rule_reader.h"

namespace vestige {

struct Loaded {
  RuleCollection rules;
  std::vector<LoadReport> reports;

  // "CODE: message" of all problems of a kind, in order.
  [[nodiscard]] std::vector<std::string> errors() const {
    return lines(&LoadReport::errors);
  }
  [[nodiscard]] std::vector<std::string> warnings() const {
    return lines(&LoadReport::warnings);
  }

 private:
  std::vector<std::string> lines(
      std::vector<LoadProblem> LoadReport::*kind) const {
    std::vector<std::string> out;
    for (const LoadReport& report : reports) {
      for (const LoadProblem& problem : report.*kind)
        out.push_back(std::string(info(problem.code).code) + ": " +
                      problem.message);
    }
    return out;
  }
};

inline Loaded load(const std::vector<std::string>& texts) {
  Loaded loaded;
  for (const std::string& text : texts) {
    LoadReport& report = loaded.reports.emplace_back();
    report.file = "rules" + std::to_string(loaded.reports.size()) + ".yaml";
    read_rules(text, loaded.rules, report);
  }
  return loaded;
}

}  // namespace vestige
