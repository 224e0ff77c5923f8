// SPDX-License-Identifier: Apache-2.0
//
// The rule files that Falco's users run, as they are.
#include <gmock/gmock.h>

#include <filesystem>
#include <optional>

#include "tests/replay/rules/run_rules.h"
#include "tests/support/shared_data.h"

namespace vestige {
namespace {

std::optional<RuleSet> upstream() {
  const auto folder = shared_data(VESTIGE_SOURCE_DIR, "reference/falco-rules");
  if (!folder) return std::nullopt;
  RuleSet rules;
  for (const char* const name :
       {"falco_rules.yaml", "falco-incubating_rules.yaml",
        "falco-sandbox_rules.yaml"})
    EXPECT_TRUE(rules.add_file(*folder / name));
  return rules;
}

TEST(UpstreamFiles, LoadWithoutAnError) {
  auto loaded = upstream();
  if (!loaded) GTEST_SKIP() << "no ../shared/reference/falco-rules";
  std::vector<LoadReport> reports = loaded->reports();
  for (LoadReport& report : reports) report.warnings.clear();
  EXPECT_EQ(load_report_text(reports), "");
  EXPECT_EQ(loaded->rules().size(), 93u);
}

// Where the kernel's word is missing, as in captures of others, the path as
// passed is the name.
TEST(UpstreamFiles, FindTheEntrypointWrittenWhenItsFileIsNotKnown) {
  auto rules = upstream();
  if (!rules) GTEST_SKIP() << "no ../shared/reference/falco-rules";
  const auto count = [&](const char* path, uint64_t flags) {
    TraceBuilder trace;
    trace.process(1).fork(1, 2).open(2, path, 3, flags);
    TraceHeader header;
    header.container.id = "0123456789ab";
    header.container.runtime = "runc";
    const std::string file = temporary_trace();
    trace.save(file, header);
    const auto found = run_rules(
        *rules, file,
        {.names = {"Modify Container Entrypoint"}, .with_disabled = true});
    std::filesystem::remove(file);
    return found.size();
  };
  EXPECT_EQ(count("/proc/self/fd/9", O_WRONLY), 1u);
  EXPECT_EQ(count("/proc/self/fd/9", O_RDONLY), 0u);
  EXPECT_EQ(count("/proc/self/status", O_WRONLY), 0u);
}

}  // namespace
}  // namespace vestige
