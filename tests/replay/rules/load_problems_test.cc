// SPDX-License-Identifier: Apache-2.0
//
// Every class of problem with a rule file: what causes it, and that it is
// told with file, line and column.
#include <gmock/gmock.h>

#include <map>

#include "replay/rules/rule_set.h"

namespace vestige {
namespace {

using testing::HasSubstr;

struct Cause {
  const char* code;
  std::string text;
  const char* line;  // of the report, in it or all of it
};

std::string rule(const std::string& condition, const std::string& more = "") {
  return "- rule: r\n  desc: d\n  condition: " + condition +
         "\n  output: o\n  priority: INFO\n" + more;
}

const std::string kFine = "evt.type=open and proc.name=x";

std::vector<Cause> causes() {
  return {
      {"LOAD_ERR_YAML_PARSE", "- rule: [\n",
       "r.yaml:2:1: error: LOAD_ERR_YAML_PARSE: "},
      {"LOAD_ERR_YAML_VALIDATE", "- macro: m\n",
       "r.yaml:1:3: error: LOAD_ERR_YAML_VALIDATE: Item has no mapping for "
       "key 'condition' (macro 'm')"},
      {"LOAD_ERR_COMPILE_CONDITION", rule("evt.type=open and proc.nam=x"),
       "r.yaml:3:14: error: LOAD_ERR_COMPILE_CONDITION: unknown field "
       "proc.nam: did you mean 'proc.name'? (rule 'r')"},
      {"LOAD_ERR_COMPILE_OUTPUT",
       "- rule: r\n  desc: d\n  condition: " + kFine +
           "\n  output: a %proc.nam\n  priority: INFO\n",
       "r.yaml:4:11: error: LOAD_ERR_COMPILE_OUTPUT: invalid formatting token "
       "proc.nam (rule 'r')"},
      {"LOAD_ERR_VALIDATE", rule("evt.type=open and is_shell"),
       "r.yaml:3:14: error: LOAD_ERR_VALIDATE: Undefined macro 'is_shell' "
       "used in filter. (rule 'r')"},
      {"LOAD_UNKNOWN_SOURCE", rule(kFine, "  source: okta\n"),
       "r.yaml:1:3: warning: LOAD_UNKNOWN_SOURCE: Unknown source okta, "
       "skipping (rule 'r')"},
      {"LOAD_NO_EVTTYPE", rule("proc.name=x"),
       "r.yaml:1:3: warning: LOAD_NO_EVTTYPE: "},
      {"LOAD_UNKNOWN_FILTER",
       rule("evt.type=open and proc.nam=x", "  skip-if-unknown-filter: true\n"),
       "r.yaml:3:14: warning: LOAD_UNKNOWN_FILTER: unknown field proc.nam"},
      {"LOAD_UNUSED_MACRO", "\n- macro: m\n  condition: evt.type=open\n",
       "r.yaml:2:3: warning: LOAD_UNUSED_MACRO: Macro not referred to by any "
       "other rule/macro (macro 'm')"},
      {"LOAD_UNUSED_LIST", "- list: l\n  items: [a]\n",
       "r.yaml:1:3: warning: LOAD_UNUSED_LIST: List not referred to by any "
       "other rule/macro (list 'l')"},
      {"LOAD_UNKNOWN_ITEM", "- what: ever\n",
       "r.yaml:1:3: warning: LOAD_UNKNOWN_ITEM: Unknown top level item"},
      {"LOAD_DEPRECATED_ITEM",
       rule(kFine) + "- {rule: r, condition: or proc.name=y, append: true}\n",
       "r.yaml:6:3: warning: LOAD_DEPRECATED_ITEM: 'append' key is "
       "deprecated."},
      {"LOAD_DEPRECATED_ITEM", rule("evt.type=open and evt.dir=<"),
       "r.yaml:3:14: warning: LOAD_DEPRECATED_ITEM: a trace holds one event "
       "per call"},
      {"LOAD_DEPRECATED_ITEM",
       "- rule: r\n  desc: d\n  condition: " + kFine +
           "\n  output: a %container.info %evt.dir\n  priority: INFO\n",
       "r.yaml:4:11: warning: LOAD_DEPRECATED_ITEM: %container.info is "
       "deprecated"},
      {"LOAD_APPEND_NO_VALUES",
       rule(kFine,
            "  exceptions:\n  - {name: e, fields: proc.name, values: [a]}\n") +
           "- rule: r\n  exceptions:\n  - name: e\n"
           "  override: {exceptions: append}\n",
       "r.yaml:10:5: warning: LOAD_APPEND_NO_VALUES: Overriding/appending "
       "exception with no values (exception 'e')"},
      {"LOAD_EXCEPTION_NAME_NOT_UNIQUE",
       rule(kFine,
            "  exceptions:\n  - {name: e, fields: proc.name, values: [a]}\n"
            "  - {name: e, fields: proc.name, values: [b]}\n"),
       "r.yaml:8:5: warning: LOAD_EXCEPTION_NAME_NOT_UNIQUE: "},
      {"LOAD_INVALID_MACRO_NAME", "- macro: 1m\n  condition: evt.type=open\n",
       "r.yaml:1:3: warning: LOAD_INVALID_MACRO_NAME: "},
      {"LOAD_INVALID_LIST_NAME", "- list: a b\n  items: [a]\n",
       "r.yaml:1:3: warning: LOAD_INVALID_LIST_NAME: "},
      {"LOAD_COMPILE_CONDITION", rule("evt.type=open and fd.name=proc.exepath"),
       "r.yaml:3:14: warning: LOAD_COMPILE_CONDITION: 'proc.exepath' may be a "
       "valid field misinterpreted as a string value"},
      {"LOAD_UNKNOWN_KEY", rule(kFine, "  prio: INFO\n"),
       "r.yaml:6:3: warning: LOAD_UNKNOWN_KEY: Unknown key 'prio' will be "
       "ignored"},
      {"LOAD_MISSING_PLUGIN",
       "- required_plugin_versions:\n  - name: json\n    version: 0.7.0\n",
       "r.yaml:2:5: warning: LOAD_MISSING_PLUGIN: Plugin json is not part of "
       "vestige"},
  };
}

std::string report_of(const std::string& text) {
  RuleSet rules;
  rules.add_text("r.yaml", text);
  return load_report_text(rules.reports());
}

TEST(LoadProblems, AreToldWithTheirPlace) {
  for (const Cause& cause : causes())
    EXPECT_THAT(report_of(cause.text), HasSubstr(cause.line)) << cause.text;
}

TEST(LoadProblems, EachHasACauseHere) {
  std::map<std::string_view, int> known = {{"LOAD_ERR_FILE_READ", 1}};
  for (const Cause& cause : causes()) ++known[cause.code];
#define LOAD_PROBLEM(name, code, severity, text) \
  EXPECT_GT(known[code], 0) << code;
#include "replay/rules/load_problems.def"
#undef LOAD_PROBLEM
}

TEST(LoadProblems, TellOfAFileThatCannotBeRead) {
  RuleSet rules;
  EXPECT_EQ(rules.add_file("/nowhere/r.yaml").error().message,
            "/nowhere/r.yaml: LOAD_ERR_FILE_READ: cannot be read");
}

TEST(LoadProblems, AreNoneWhereNothingIsWrong) {
  EXPECT_EQ(report_of(rule(kFine)), "");
  EXPECT_EQ(report_of(rule("evt.type=open and fd.name='proc.exepath'")), "");
  EXPECT_EQ(report_of(rule("evt.type=open and fd.name=val(proc.exepath)")), "");
  EXPECT_EQ(report_of("- required_plugin_versions:\n"
                      "  - {name: json, version: 0.7.0, alternatives: "
                      "[{name: container, version: 0.4.0}]}\n"),
            "");
}

TEST(LoadProblems, RefuseAlternativesThatAreNone) {
  const auto errors = [](const std::string& alternatives) {
    return report_of(
        "- required_plugin_versions:\n  - {name: json, version: 0.7.0, "
        "alternatives: " +
        alternatives + "}\n");
  };
  EXPECT_THAT(errors("no"), HasSubstr("alternatives must be a sequence"));
  EXPECT_THAT(errors("[{name: json, version: 0.8.0}]"),
              HasSubstr("Defined multiple alternative version requirements"));
  EXPECT_THAT(errors("[{name: k8saudit, version: new}]"),
              HasSubstr("Invalid required version 'new'"));
}

TEST(LoadProblems, TellOfFieldsOfExceptions) {
  const auto errors = [](const std::string& fields) {
    return report_of(
        rule(kFine, "  exceptions:\n  - {name: e, fields: " + fields + "}\n"));
  };
  EXPECT_THAT(errors("[proc.name, proc.nme]"),
              HasSubstr("LOAD_ERR_VALIDATE: 'proc.nme' is not a supported "
                        "filter field"));
  EXPECT_THAT(errors("proc.nme"), HasSubstr("'proc.nme' is not a supported"));
  EXPECT_EQ(errors("[proc.name, 'proc.aname[2]']"), "");
}

}  // namespace
}  // namespace vestige
