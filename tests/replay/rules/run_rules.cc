// SPDX-License-Identifier: Apache-2.0
#include "tests/replay/rules/run_rules.h"

#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "format/trace_writer.h"
#include "replay/export/finding_json.h"

namespace vestige {

std::string temporary_trace() {
  static int number = 0;
  const auto path = std::filesystem::temp_directory_path() /
                    ("vestige_rules_" + std::to_string(getpid()) + "_" +
                     std::to_string(number++) + ".vtrace");
  std::filesystem::remove(path);
  return path;
}

std::string save(TraceBuilder& trace) {
  const std::string path = temporary_trace();
  TraceHeader header;
  header.host_name = "node1";
  header.container.id = "0123456789ab";
  header.container.name = "web";
  header.container.image = "nginx:1";
  header.start = {1'000'000'000, 1'600'000'000'000'000'000};
  auto writer = TraceWriter::create(path, header);
  EXPECT_TRUE(writer) << writer.error().message;
  for (const Snapshot& snapshot : trace.snapshots())
    EXPECT_TRUE(writer->append(snapshot));
  for (TraceBuilder::Stored& stored : trace.events()) {
    stored.event.parts = stored.parts;
    EXPECT_TRUE(writer->append(stored.event));
  }
  EXPECT_TRUE(writer->close({}));
  return path;
}

std::vector<Found> run_rules(RuleSet& rules, const std::string& path,
                             RuleSelection selection,
                             Suppressions suppressions) {
  RuleEngine engine(rules, suppressions, std::move(selection));
  std::vector<Found> out;
  const auto done = engine.run(path, [&](const Finding& finding) {
    out.push_back({finding.rule->name, finding.rule->priority, finding.message,
                   finding.event_number, finding.earlier, finding.suppressed,
                   finding.why, finding_text(finding),
                   finding_json(finding).dump(), finding_ocsf(finding).dump(),
                   finding_timesketch(finding).dump()});
  });
  EXPECT_TRUE(done) << done.error().message;
  return out;
}

std::vector<Found> run_rules(RuleSet& rules, TraceBuilder& trace,
                             RuleSelection selection,
                             Suppressions suppressions) {
  const std::string path = save(trace);
  auto out =
      run_rules(rules, path, std::move(selection), std::move(suppressions));
  std::filesystem::remove(path);
  return out;
}

std::vector<std::string> names(const std::vector<Found>& findings) {
  std::vector<std::string> out;
  for (const Found& found : findings) out.push_back(found.rule);
  return out;
}

RuleSet rules_of(const std::string& text) {
  RuleSet rules;
  rules.add_text("test.yaml", text);
  EXPECT_EQ(load_report_text(rules.reports()), "");
  return rules;
}

}  // namespace vestige
