// SPDX-License-Identifier: Apache-2.0
//
// The cases of Falco's regression suite that need no program but a rule
// engine: what it says of rule files, and what it finds in captures.
//
// Falco of that time counted entry and return of a call as two events; here
// they are one. An expectation of n > 1 findings is met by n / 2.
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "replay/scap/import_scap.h"
#include "tests/replay/rules/run_rules.h"
#include "tests/support/shared_data.h"

namespace vestige {
namespace {

using nlohmann::json;

// Expectations that differ here, and why.
const std::map<std::string, std::string> kOtherMessages = {
    {"unexpected token after 'execve', expecting 'or', 'and'",
     "the message of our parser: expected 'and', 'or' or the end"},
    {"unexpected token after 'open', expecting 'or', 'and'",
     "the message of our parser: expected 'and', 'or' or the end"},
};

struct Case {
  std::filesystem::path folder;
  json data;

  [[nodiscard]] std::string name() const {
    return data["test"].get<std::string>();
  }
};

std::vector<Case> all_cases() {
  std::vector<Case> out;
  const auto folder =
      shared_data(VESTIGE_SOURCE_DIR, "reference/falco-regression");
  if (!folder) return out;
  for (const json& each : json::parse(std::ifstream(*folder / "cases.json")))
    out.push_back({*folder, each});
  return out;
}

RuleSet load_rules(const Case& each) {
  RuleSet rules;
  for (const json& file : each.data["rules"])
    EXPECT_TRUE(rules.add_file(each.folder / file["file"].get<std::string>()));
  return rules;
}

bool is_about(const LoadProblem& problem, const json& expected) {
  const auto wants = [&](const char* key) {
    return expected.contains(key) && expected[key].is_string();
  };
  if (wants("Code") && expected["Code"] != info(problem.code).code)
    return false;
  if (wants("Message") && expected["Message"] != problem.message &&
      !kOtherMessages.contains(expected["Message"]))
    return false;
  return std::ranges::any_of(
      problem.context.locations, [&](const LoadLocation& location) {
        return (!wants("ItemType") || expected["ItemType"] == location.type) &&
               (!wants("ItemName") || expected["ItemName"] == location.name);
      });
}

TEST(FalcoRegression, SaysOfRuleFilesWhatFalcoSays) {
  const auto cases = all_cases();
  if (cases.empty()) GTEST_SKIP() << "no ../shared/reference/falco-regression";
  int checked = 0;
  for (const Case& each : cases) {
    if (!each.data.contains("expect_validation")) continue;
    RuleSet rules = load_rules(each);
    for (const json& expected : each.data["expect_validation"]) {
      const bool is_error = expected["kind"] == "AllErrors";
      bool is_told = false;
      for (const LoadReport& report : rules.reports()) {
        const auto& list = is_error ? report.errors : report.warnings;
        is_told = is_told || std::ranges::any_of(list, [&](const auto& p) {
                    return is_about(p, expected);
                  });
      }
      EXPECT_TRUE(is_told) << each.name() << ": " << expected.dump() << "\n"
                           << load_report_text(rules.reports());
      ++checked;
    }
    if (each.data["exit_code"] == 1) {
      EXPECT_FALSE(rules.is_valid());
    }
    if (each.data["exit_code"] == 0) {
      EXPECT_TRUE(rules.is_valid());
    }
  }
  EXPECT_GE(checked, 20);
}

std::string imported(const std::string& capture) {
  static std::map<std::string, std::string> known;
  const auto found = known.find(capture);
  if (found != known.end()) return found->second;
  const std::string to = temporary_trace();
  const auto from =
      shared_data(VESTIGE_SOURCE_DIR, "reference/scap/" + capture);
  EXPECT_TRUE(from) << capture;
  if (from) {
    const auto done = import_scap(*from, to);
    EXPECT_TRUE(done) << done.error().message;
  }
  return known[capture] = to;
}

std::string unquoted(const json& text) {
  std::string out = text;
  std::erase(out, '"');
  return out;
}

RuleSelection selection_of(const Case& each) {
  RuleSelection selection{.matching = RuleMatching::kFirst};
  if (each.data.contains("WithMinRulePriority"))
    selection.least =
        *parse_priority(unquoted(each.data["WithMinRulePriority"][0]));
  if (each.data.contains("WithDisabledRules"))
    for (const json& name : each.data["WithDisabledRules"])
      selection.excluded_names.push_back(unquoted(name));
  return selection;
}

// Rules that ask for evt.dir always matched one side only.
bool asks_for_one_side(RuleSet& rules) {
  return std::ranges::any_of(rules.rules(), [](const Rule& rule) {
    return rule.condition.text.find("evt.dir") != std::string::npos;
  });
}

void check_counts(const Case& each, RuleSet& rules,
                  const std::vector<Found>& found) {
  // One event here for two there.
  const bool is_single = asks_for_one_side(rules);
  const auto folded = [&](size_t count) {
    return count > 1 && !is_single ? count / 2 : count;
  };
  const json& expected = each.data["expect_detections"];
  if (expected.contains("total")) {
    EXPECT_EQ(found.size(), folded(expected["total"])) << each.name();
  }
  if (expected.contains("total_nonzero") && expected["total_nonzero"]) {
    EXPECT_GT(found.size(), 0u) << each.name();
  }
  if (expected.contains("by_rule")) {
    for (const auto& [rule, count] : expected["by_rule"].items())
      EXPECT_EQ(std::ranges::count(names(found), rule),
                ptrdiff_t(folded(count)))
          << each.name() << ": " << rule;
  }
  if (!expected.contains("priorities_nonzero")) return;
  for (const std::string priority : expected["priorities_nonzero"]) {
    EXPECT_TRUE(std::ranges::any_of(
        found,
        [&](const Found& f) { return f.priority == parse_priority(priority); }))
        << each.name() << ": " << priority;
  }
}

TEST(FalcoRegression, FindsInCapturesWhatFalcoFinds) {
  const auto cases = all_cases();
  if (cases.empty()) GTEST_SKIP() << "no ../shared/reference/falco-regression";
  int checked = 0;
  for (const Case& each : cases) {
    const bool runs = each.data["runnable_here"] == true &&
                      each.data["capture_files"].size() == 1 &&
                      each.data["exit_code"] == 0;
    if (!runs) continue;
    RuleSet rules = load_rules(each);
    EXPECT_TRUE(rules.is_valid()) << each.name() << "\n"
                                  << load_report_text(rules.reports());
    check_counts(each, rules,
                 run_rules(rules, imported(each.data["capture_files"][0]),
                           selection_of(each)));
    ++checked;
  }
  EXPECT_GE(checked, 40);
}

}  // namespace
}  // namespace vestige
