// SPDX-License-Identifier: Apache-2.0
//
// The rule files that Falco's users run, as they are.
#include <gmock/gmock.h>

#include "replay/rules/rule_set.h"
#include "tests/support/shared_data.h"

namespace vestige {
namespace {

TEST(UpstreamFiles, LoadWithoutAnError) {
  const auto folder = shared_data(VESTIGE_SOURCE_DIR, "reference/falco-rules");
  if (!folder) GTEST_SKIP() << "no ../shared/reference/falco-rules";
  RuleSet rules;
  for (const char* const name :
       {"falco_rules.yaml", "falco-incubating_rules.yaml",
        "falco-sandbox_rules.yaml"})
    ASSERT_TRUE(rules.add_file(*folder / name));
  std::vector<LoadReport> reports = rules.reports();
  for (LoadReport& report : reports) report.warnings.clear();
  EXPECT_EQ(load_report_text(reports), "");
  EXPECT_EQ(rules.rules().size(), 93u);
}

}  // namespace
}  // namespace vestige
