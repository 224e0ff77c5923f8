// SPDX-License-Identifier: Apache-2.0
//
// The rule files that Falco's users run, as they are.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "tests/replay/rules/load_rules.h"
#include "tests/support/shared_data.h"

namespace vestige {
namespace {

std::string content(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

TEST(UpstreamFiles, AreReadWithoutAProblem) {
  const auto folder = shared_data(VESTIGE_SOURCE_DIR, "reference/falco-rules");
  if (!folder) GTEST_SKIP() << "no ../shared/reference/falco-rules";
  const Loaded loaded = load({content(*folder / "falco_rules.yaml"),
                              content(*folder / "falco-incubating_rules.yaml"),
                              content(*folder / "falco-sandbox_rules.yaml")});
  EXPECT_EQ(load_report_text(loaded.reports), "");
  EXPECT_EQ(loaded.rules.rules().all().size(), 93u);
}

}  // namespace
}  // namespace vestige
