// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/rule_reader.h"

#include <gmock/gmock.h>

#include "tests/replay/rules/load_rules.h"

namespace vestige {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr char kRule[] =
    "- rule: r\n  desc: d\n  condition: a=1\n  output: o\n  priority: INFO\n"
    "  tags: [b, a, b]\n";

TEST(RuleReader, ReadsEveryPropertyOfARule) {
  const Loaded loaded =
      load({"- rule: Shell in pod\n"
            "  desc: says more\n"
            "  condition: >\n    evt.type=execve and\n    proc.name=sh\n"
            "  output: \"a shell (%proc.name)  \"\n"
            "  priority: warning\n"
            "  source: syscall\n"
            "  enabled: no\n"
            "  warn_evttypes: False\n"
            "  skip-if-unknown-filter: true\n"
            "  tags: [shell, container]\n"});
  EXPECT_THAT(loaded.errors(), IsEmpty());
  EXPECT_THAT(loaded.warnings(), IsEmpty());
  const RuleItem* const rule = loaded.rules.rules().find("Shell in pod");
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->description, "says more");
  EXPECT_EQ(rule->condition, "evt.type=execve and proc.name=sh\n");
  EXPECT_EQ(rule->output, "a shell (%proc.name)");
  EXPECT_EQ(rule->priority, Priority::kWarning);
  EXPECT_FALSE(rule->is_enabled);
  EXPECT_FALSE(rule->warns_of_event_types);
  EXPECT_TRUE(rule->skips_unknown_filter);
  EXPECT_THAT(rule->tags, ElementsAre("container", "shell"));
}

TEST(RuleReader, RequiresWhatARuleNeeds) {
  EXPECT_THAT(load({"- rule: r\n  desc: d\n  condition: c\n  priority: INFO\n"})
                  .errors(),
              ElementsAre("LOAD_ERR_YAML_VALIDATE: Item has no mapping for "
                          "key 'output'"));
  EXPECT_THAT(load({"- rule: r\n  desc: d\n  condition: c\n  output: o\n"
                    "  priority: SOON\n"})
                  .errors(),
              ElementsAre("LOAD_ERR_YAML_VALIDATE: Invalid priority"));
  EXPECT_THAT(load({"- rule: r\n  desc: d\n  condition: [c]\n"}).errors(),
              ElementsAre("LOAD_ERR_YAML_VALIDATE: Value is not a scalar "
                          "value"));
}

TEST(RuleReader, KnowsAllPrioritiesInAnyCase) {
  EXPECT_EQ(parse_priority("EMERGENCY"), Priority::kEmergency);
  EXPECT_EQ(parse_priority("info"), Priority::kInformational);
  EXPECT_EQ(parse_priority("Informational"), Priority::kInformational);
  EXPECT_EQ(parse_priority("debug"), Priority::kDebug);
  EXPECT_EQ(parse_priority("inform"), std::nullopt);
}

TEST(RuleReader, TellsEveryFaultOfAFileWithItsPlace) {
  const Loaded loaded =
      load({"- list:\n  items: [a]\n"
            "- macro: m\n  nope: 1\n"
            "- word\n"
            "- list: l\n  items: [[a]]\n"});
  EXPECT_EQ(load_report_text(loaded.reports),
            "rules1.yaml:1:3: error: LOAD_ERR_YAML_VALIDATE: Mapping for key "
            "'list' is empty\n"
            "rules1.yaml:3:3: error: LOAD_ERR_YAML_VALIDATE: Item has no "
            "mapping for key 'condition' (macro 'm')\n"
            "rules1.yaml:5:3: error: LOAD_ERR_YAML_VALIDATE: Unexpected "
            "element type. Each element should be a yaml associative array.\n"
            "rules1.yaml:7:11: error: LOAD_ERR_YAML_VALIDATE: sequence value "
            "is not scalar (value for 'items')\n"
            "rules1.yaml:4:3: warning: LOAD_UNKNOWN_KEY: Unknown key 'nope' "
            "will be ignored (value for 'nope')\n");
}

TEST(RuleReader, ShowsWhereYamlBreaks) {
  const Loaded loaded = load({"this : is : not : yaml"});
  EXPECT_EQ(load_report_text(loaded.reports),
            "rules1.yaml:1:11: error: LOAD_ERR_YAML_PARSE: yaml-cpp: error at "
            "line 1, column 11: illegal map value\n"
            "  this : is : not : yaml\n"
            "            ^\n");
}

TEST(RuleReader, EscapesWhatWouldSteerATerminal) {
  const Loaded loaded = load({"- macro: \"\\e[2J\"\n"});
  const std::string text = load_report_text(loaded.reports);
  EXPECT_THAT(text, HasSubstr("\\x1b[2J"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(RuleReader, LetsLaterFilesReplaceEarlierItems) {
  const Loaded loaded =
      load({"- {list: l, items: [a]}\n"
            "- {macro: m, condition: x=1}\n" +
                std::string(kRule),
            "- {list: l, items: [b]}\n---\n"
            "- {macro: m, condition: x=2}\n"
            "- rule: r\n  desc: e\n  condition: a=2\n"
            "  output: p\n  priority: error\n"});
  EXPECT_THAT(loaded.errors(), IsEmpty());
  EXPECT_THAT(loaded.rules.lists().find("l")->items, ElementsAre("b"));
  EXPECT_EQ(loaded.rules.macros().find("m")->condition, "x=2");
  ASSERT_EQ(loaded.rules.rules().all().size(), 1u);
  EXPECT_EQ(loaded.rules.rules().find("r")->priority, Priority::kError);
  EXPECT_THAT(loaded.rules.rules().find("r")->tags, IsEmpty());
}

TEST(RuleReader, AppendsTheOldWay) {
  const Loaded loaded =
      load({"- {list: l, items: [a]}\n"
            "- {macro: m, condition: x=1}\n" +
            std::string(kRule) +
            "- {list: l, items: [b], append: true}\n"
            "- {macro: m, condition: or x=2, append: true}\n"
            "- {rule: r, condition: and b=1, append: true}\n"
            "- {rule: r, enabled: false}\n"});
  EXPECT_THAT(loaded.errors(), IsEmpty());
  EXPECT_EQ(loaded.warnings().size(), 4u);
  EXPECT_THAT(loaded.warnings()[0], StartsWith("LOAD_DEPRECATED_ITEM: "));
  EXPECT_THAT(loaded.rules.lists().find("l")->items, ElementsAre("a", "b"));
  EXPECT_EQ(loaded.rules.macros().find("m")->condition, "x=1 or x=2");
  EXPECT_EQ(loaded.rules.rules().find("r")->condition, "a=1 and b=1");
  EXPECT_FALSE(loaded.rules.rules().find("r")->is_enabled);
}

TEST(RuleReader, AppendsAndReplacesByOverride) {
  const Loaded loaded = load({kRule,
                              "- rule: r\n"
                              "  condition: and b=1\n"
                              "  output: more\n"
                              "  tags: [c]\n"
                              "  priority: alert\n"
                              "  enabled: false\n"
                              "  override:\n"
                              "    condition: append\n"
                              "    output: replace\n"
                              "    tags: append\n"
                              "    priority: replace\n"
                              "    enabled: replace\n"});
  EXPECT_THAT(loaded.errors(), IsEmpty());
  const RuleItem& rule = *loaded.rules.rules().find("r");
  EXPECT_EQ(rule.condition, "a=1 and b=1");
  EXPECT_EQ(rule.output, "more");
  EXPECT_EQ(rule.description, "d");
  EXPECT_EQ(rule.priority, Priority::kAlert);
  EXPECT_THAT(rule.tags, ElementsAre("a", "b", "c"));
  EXPECT_FALSE(rule.is_enabled);
}

TEST(RuleReader, JudgesOverrides) {
  const auto error = [](const std::string& item) {
    return load({kRule, item}).errors();
  };
  EXPECT_THAT(
      error("- {rule: r, priority: info, override: {priority: append}}"),
      ElementsAre(HasSubstr("'priority' cannot be appended to")));
  EXPECT_THAT(error("- {rule: r, source: x, override: {source: replace}}"),
              ElementsAre(HasSubstr("'source' cannot be replaced")));
  EXPECT_THAT(error("- {rule: r, output: x, override: {output: remove}}"),
              ElementsAre(HasSubstr("Allowed values are: append replace")));
  EXPECT_THAT(error("- {rule: r, override: {output: append}}"),
              ElementsAre(HasSubstr("'output' is not defined")));
  EXPECT_THAT(error("- {rule: r, output: x, desc: y, "
                    "override: {output: append}}"),
              ElementsAre(HasSubstr("Unexpected key 'desc'")));
  EXPECT_THAT(error("- {rule: r, condition: x, append: true, "
                    "override: {condition: append}}"),
              ElementsAre(HasSubstr("cannot be used together")));
  EXPECT_THAT(error("- {rule: r, override: x}"),
              ElementsAre(HasSubstr("must be a mapping")));
}

TEST(RuleReader, RefusesToChangeWhatIsNotThere) {
  EXPECT_THAT(
      load({"- {list: l, items: [b], append: true}\n"
            "- {macro: m, condition: x, override: {condition: append}}\n"
            "- {rule: r, condition: x, append: true}\n"
            "- {rule: r, output: x, override: {output: replace}}\n"
            "- {rule: r, enabled: true}\n"})
          .errors(),
      ElementsAre(
          HasSubstr("no list by that name"), HasSubstr("no macro by that name"),
          HasSubstr("no rule by that name"), HasSubstr("no rule by that name"),
          HasSubstr("no rule by that name")));
}

TEST(RuleReader, JudgesRequiredVersions) {
  EXPECT_THAT(load({"- required_engine_version: 26\n"
                    "- required_engine_version: 0.57.0\n"})
                  .errors(),
              IsEmpty());
  EXPECT_THAT(load({"- required_engine_version: 9999999\n"}).errors(),
              ElementsAre("LOAD_ERR_VALIDATE: Rules require engine version "
                          "0.9999999.0, but engine version is 0.60.0"));
  EXPECT_THAT(load({"- required_engine_version: soon\n"}).errors(),
              ElementsAre(HasSubstr("as a semver string")));
  EXPECT_THAT(load({"- required_plugin_versions:\n"
                    "  - {name: container, version: 0.4.0}\n"})
                  .warnings(),
              IsEmpty());
  EXPECT_THAT(load({"- required_plugin_versions:\n"
                    "  - {name: json, version: 0.1.0}\n"})
                  .warnings(),
              ElementsAre("LOAD_MISSING_PLUGIN: Plugin json is not part of "
                          "vestige"));
}

TEST(RuleReader, PassesOverOtherSourcesAndUnknownItems) {
  const Loaded loaded =
      load({std::string(kRule) + "  source: aws_cloudtrail\n- what: ever\n"});
  EXPECT_THAT(loaded.errors(), IsEmpty());
  EXPECT_THAT(loaded.warnings(),
              ElementsAre("LOAD_UNKNOWN_SOURCE: Unknown source "
                          "aws_cloudtrail, skipping",
                          "LOAD_UNKNOWN_ITEM: Unknown top level item"));
}

TEST(RuleReader, ExtendsExceptionsByName) {
  const Loaded loaded = load(
      {std::string(kRule) +
           "  exceptions:\n  - {name: e, fields: proc.name, values: [a]}\n",
       "- rule: r\n  exceptions:\n"
       "  - {name: e, values: [b]}\n"
       "  - {name: f, fields: [proc.pname], values: [[c]]}\n"
       "  override: {exceptions: append}\n"});
  EXPECT_THAT(loaded.errors(), IsEmpty());
  const auto& exceptions = loaded.rules.rules().find("r")->exceptions;
  ASSERT_EQ(exceptions.size(), 2u);
  EXPECT_EQ(exceptions[0].values.size(), 2u);
  EXPECT_EQ(exceptions[0].comps.text, "in");
  EXPECT_EQ(exceptions[1].comps.items.at(0).text, "=");
}

TEST(RuleReader, JudgesExceptions) {
  const auto errors = [](const std::string& exception) {
    return load({std::string(kRule) + "  exceptions: " + exception}).errors();
  };
  EXPECT_THAT(errors("[{fields: a}]"), ElementsAre(HasSubstr("key 'name'")));
  EXPECT_THAT(errors("[{name: e}]"), ElementsAre(HasSubstr("key 'fields'")));
  EXPECT_THAT(errors("[{name: e, fields: a, comps: '='}]"),
              ElementsAre(HasSubstr("comps must be one of")));
  EXPECT_THAT(errors("[{name: e, fields: [a, b], comps: ['=']}]"),
              ElementsAre(HasSubstr("must have equal length")));
  EXPECT_THAT(errors("[{name: e, fields: [a], comps: [like]}]"),
              ElementsAre(HasSubstr("'like' is not a supported")));
  EXPECT_THAT(errors("[{name: e, fields: [a], values: [[[[[[x]]]]]]}]"),
              ElementsAre(HasSubstr("must be a text or a list")));
  EXPECT_THAT(errors("no"), ElementsAre(HasSubstr("must be a sequence")));
}

constexpr char kSequence[] =
    "- sequence: s\n  desc: d\n  within: 10m\n  output: o\n"
    "  priority: ERROR\n";

TEST(RuleReader, ReadsSequences) {
  const Loaded loaded = load({std::string(kSequence) +
                              "  tree: yes\n  tags: [t]\n  steps:\n"
                              "  - {condition: a=1, key: fd.name}\n"
                              "  - {condition: b=1, key: proc.exepath}\n"});
  EXPECT_THAT(loaded.errors(), IsEmpty());
  const SequenceItem* const s = loaded.rules.sequences().find("s");
  ASSERT_NE(s, nullptr);
  EXPECT_EQ(s->within_ns, 600'000'000'000u);
  EXPECT_TRUE(s->follows_tree);
  ASSERT_EQ(s->steps.size(), 2u);
  EXPECT_EQ(s->steps[1].condition, "b=1");
  EXPECT_EQ(s->steps[1].key, "proc.exepath");
}

TEST(RuleReader, JudgesSequences) {
  const auto errors = [](const std::string& steps) {
    return load({kSequence + steps}).errors();
  };
  EXPECT_THAT(errors(""), ElementsAre(HasSubstr("key 'steps'")));
  EXPECT_THAT(errors("  steps: [{condition: a}]\n"),
              ElementsAre(HasSubstr("two to eight")));
  EXPECT_THAT(errors("  steps: [{condition: a, key: b}, {condition: a}]\n"),
              ElementsAre(HasSubstr("Either all steps have a key")));
  EXPECT_THAT(errors("  steps: [x, y]\n"),
              ElementsAre(HasSubstr("must be a mapping")));
  for (const char* const time : {"0s", "5", "m", "8d", "99999999999999999999h"})
    EXPECT_THAT(load({"- sequence: s\n  desc: d\n  output: o\n"
                      "  priority: ERROR\n  within: " +
                      std::string(time)})
                    .errors(),
                ElementsAre(HasSubstr("Not a time")));
}

TEST(RuleReader, TakesAnEmptyFile) {
  const Loaded loaded = load({"", "---\n", "# nothing\n", "- \n"});
  EXPECT_THAT(loaded.errors(), IsEmpty());
  EXPECT_THAT(loaded.warnings(), IsEmpty());
}

}  // namespace
}  // namespace vestige
