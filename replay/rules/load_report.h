// SPDX-License-Identifier: Apache-2.0
//
// What was wrong with rule files, and where.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vestige {

enum class LoadCode : uint8_t {
#define LOAD_PROBLEM(name, code, severity, text) name,
#include "replay/rules/load_problems.def"
#undef LOAD_PROBLEM
};

enum class Severity : uint8_t { kError, kWarning };

struct LoadCodeInfo {
  std::string_view code;  // "LOAD_ERR_YAML_PARSE"
  std::string_view text;
  Severity severity;
};
const LoadCodeInfo& info(LoadCode code);

// A place in a text. All count from zero; texts for people add one.
struct TextMark {
  uint32_t offset = 0;  // bytes
  uint32_t line = 0;
  uint32_t column = 0;
};

// One step on the way from the file to the culprit: "rule", "shell in pod".
struct LoadLocation {
  std::string type;
  std::string name;  // may be empty
  TextMark mark;     // in the file
};

// The way from the file to an item; the first location is the file itself.
struct LoadContext {
  std::string file;
  std::vector<LoadLocation> locations;

  [[nodiscard]] LoadContext within(std::string_view type, std::string_view name,
                                   TextMark mark) const;
  [[nodiscard]] TextMark mark() const { return locations.back().mark; }
};
LoadContext file_context(std::string_view file);

struct LoadProblem {
  LoadCode code = LoadCode{};
  std::string message;
  LoadContext context;
  std::string snippet;  // the line with a caret below; may be empty
};

// Of one file.
struct LoadReport {
  std::string file;
  std::vector<LoadProblem> errors;
  std::vector<LoadProblem> warnings;

  [[nodiscard]] bool is_successful() const { return errors.empty(); }
  void add(LoadCode code, std::string message, const LoadContext& context,
           std::string snippet = {});
};

// The line around an offset, long ones cut, and a line with a caret.
std::string text_snippet(std::string_view text, size_t offset);

// One line a problem: "FILE:LINE:COLUMN: error: CODE: message (rule 'x')".
// Control characters from the file are escaped.
std::string load_report_text(std::span<const LoadReport> reports);
// In the shape of `falco -V --output json`.
nlohmann::ordered_json load_report_json(std::span<const LoadReport> reports);

}  // namespace vestige
