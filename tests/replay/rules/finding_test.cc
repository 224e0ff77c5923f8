// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/finding.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/replay/rules/run_rules.h"

namespace vestige {
namespace {

constexpr char kRule[] =
    "- rule: Opened by sh\n  desc: says more\n"
    "  condition: evt.type=openat and proc.name=sh\n"
    "  output: opened (file=%fd.name fd=%fd.num port=%fd.rport)\n"
    "  priority: WARNING\n  tags: [mitre_execution, T1059.004]\n";

TraceBuilder hostile() {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).exec(2, {"/bin/sh", "-c", "x"});
  trace.open(2, "/tmp/\x1b[2J\xff", 3);
  return trace;
}

Found only_finding() {
  RuleSet rules = rules_of(kRule);
  TraceBuilder trace = hostile();
  auto found = run_rules(rules, trace);
  EXPECT_EQ(found.size(), 1u);
  return found.empty() ? Found{} : found[0];
}

TEST(Finding, IsALineAsFalcoWritesIt) {
  EXPECT_EQ(only_finding().text,
            "2020-09-13T12:26:40.000003000+0000: Warning opened "
            "(file=/tmp/\\x1b[2J\\xff fd=3 port=<NA>)");
}

TEST(Finding, IsJsonAsFalcoWritesIt) {
  const auto json = nlohmann::json::parse(only_finding().json);
  EXPECT_EQ(json["rule"], "Opened by sh");
  EXPECT_EQ(json["priority"], "Warning");
  EXPECT_EQ(json["source"], "syscall");
  EXPECT_EQ(json["hostname"], "node1");
  EXPECT_EQ(json["time"], "2020-09-13T12:26:40.000003000Z");
  EXPECT_EQ(json["tags"],
            nlohmann::json::array({"T1059.004", "mitre_execution"}));
  EXPECT_EQ(json["output_fields"]["fd.num"], 3);
  EXPECT_TRUE(json["output_fields"]["fd.rport"].is_null());
  EXPECT_EQ(json["output_fields"]["evt.time.iso8601"], 1600000000000003000);
  EXPECT_EQ(json["vestige"]["process_chain"][0]["command"], "/bin/sh -c x");
  EXPECT_EQ(json["vestige"]["process_chain"][1]["pid"], 1);
  EXPECT_NO_THROW(json.dump());
}

TEST(Finding, IsAnOcsfDetection) {
  const auto json = nlohmann::json::parse(only_finding().ocsf);
  EXPECT_EQ(json["class_uid"], 2004);
  EXPECT_EQ(json["type_uid"], 200401);
  EXPECT_EQ(json["severity_id"], 3);
  EXPECT_EQ(json["finding_info"]["title"], "Opened by sh");
  EXPECT_EQ(json["finding_info"]["attacks"][0]["technique"]["uid"],
            "T1059.004");
  EXPECT_EQ(json["finding_info"]["attacks"][0]["tactics"][0]["uid"], "TA0002");
  EXPECT_EQ(json["time"], 1600000000000);
  EXPECT_NO_THROW(json.dump());
}

TEST(Finding, IsALineOfTimesketch) {
  const auto json = nlohmann::json::parse(only_finding().timesketch);
  for (const char* const key : {"message", "datetime", "timestamp_desc"})
    EXPECT_TRUE(json.contains(key)) << key;
  EXPECT_EQ(json["datetime"], "2020-09-13T12:26:40.000003000+00:00");
  EXPECT_NO_THROW(json.dump());
}

TEST(Finding, NamesItsTraceByAUri) {
  RuleSet rules = rules_of(kRule);
  TraceBuilder trace = hostile();
  const std::string saved = save(trace);
  const std::string path = saved + " 100%.vtrace";
  std::filesystem::rename(saved, path);
  Suppressions none;
  RuleEngine engine(rules, none, {});
  SarifLog log;
  ASSERT_TRUE(engine.run(path, [&](const Finding& f) { log.add(f); }));
  std::filesystem::remove(path);
  const std::string uri =
      log.json()["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
                ["artifactLocation"]["uri"];
  EXPECT_TRUE(uri.ends_with("%20100%25.vtrace")) << uri;
}

TEST(Finding, IsAResultOfSarif) {
  RuleSet rules = rules_of(kRule);
  TraceBuilder trace = hostile();
  trace.open(2, "/x", 4);
  const std::string path = save(trace);
  Suppressions none;
  RuleEngine engine(rules, none, {});
  SarifLog log;
  ASSERT_TRUE(engine.run(path, [&](const Finding& f) { log.add(f); }));
  std::filesystem::remove(path);
  const auto json = log.json();
  EXPECT_EQ(json["version"], "2.1.0");
  const auto& run = json["runs"][0];
  EXPECT_EQ(run["tool"]["driver"]["rules"].size(), 1u);
  ASSERT_EQ(run["results"].size(), 2u);
  EXPECT_EQ(run["results"][1]["ruleIndex"], 0);
  EXPECT_EQ(run["results"][1]["level"], "warning");
  EXPECT_NO_THROW(json.dump());
}

}  // namespace
}  // namespace vestige
