// SPDX-License-Identifier: Apache-2.0
//
// A capture, made into a trace and back into a capture: Debian's sysdig says
// the same of both. Where the second one tells more, because the entry of a
// call has its arguments, that is not compared.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "replay/scap/export_scap.h"
#include "replay/scap/import_scap.h"
#include "tests/replay/scap/sysdig.h"
#include "tests/support/shared_data.h"

namespace vestige {
namespace {

constexpr std::string_view kConnectedAnew = "libs__test_ipv6_client.scap";

std::filesystem::path temp(std::string_view name) {
  return testing::TempDir() + fmt::format("export-{}-{}", getpid(), name);
}

// Addresses of kernel objects are not in a trace.
std::string_view without_pointers(std::string_view text) {
  const size_t arrow = text.find("->");
  const size_t space = text.find(' ', arrow == text.npos ? 0 : arrow);
  const bool is_unix = arrow != text.npos && space != text.npos;
  return is_unix ? text.substr(space + 1) : text;
}

class ExportOracle : public testing::TestWithParam<const char*> {
 protected:
  void TearDown() override {
    std::filesystem::remove(temp("trace"));
    std::filesystem::remove(temp("capture"));
  }

  static bool is_compared(const Statement& before, Field field) {
    if (before[field].empty() || before[field] == "<unknown>") return false;
    const bool is_no_fd =
        field == Field::kFdNumber && before[Field::kFdNumber] == "-1";
    if (is_no_fd) return false;
    // The entry of a connect tells the new peer, which sysdig then shows.
    const bool is_server =
        field >= Field::kFdName && field <= Field::kServerPort;
    return !(is_server && GetParam() == kConnectedAnew);
  }
};

TEST_P(ExportOracle, SaysTheSameOfBoth) {
  const auto folder = shared_data(VESTIGE_SOURCE_DIR, "reference/scap");
  if (!folder) GTEST_SKIP() << "no reference captures beside the repository";
  if (!has_sysdig()) GTEST_SKIP() << "needs sysdig";
  const std::string capture = *folder / GetParam();
  ASSERT_TRUE(import_scap(capture, temp("trace")));
  const auto report = export_scap(temp("trace"), temp("capture"));
  ASSERT_TRUE(report) << report.error().message;
  const auto before = ask_sysdig(capture);
  const auto after = ask_sysdig(temp("capture"));
  ASSERT_EQ(before.size(), after.size());
  for (size_t i = 0; i < before.size(); ++i)
    for (size_t at = 0; at < kFields; ++at) {
      const auto field = Field(at);
      if (!is_compared(before[i], field)) continue;
      ASSERT_EQ(without_pointers(after[i][field]),
                without_pointers(before[i][field]))
          << kSysdigFields[at] << " of event " << before[i][Field::kNumber];
    }
}

INSTANTIATE_TEST_SUITE_P(
    Captures, ExportOracle,
    testing::Values("falco__cat_write.scap", "falco__connect_localhost.scap",
                    "falco__empty.scap", "falco__ping_sendto.scap",
                    "falco__syscall.scap", "libs__curl_google.scap",
                    "libs__sample.scap", "libs__single_ipv6_conn.scap",
                    "libs__test_ipv6_client.scap",
                    "sysflow__client-server__tcp-client-server.scap",
                    "sysflow__files__files.scap"));

}  // namespace
}  // namespace vestige
