// SPDX-License-Identifier: Apache-2.0
//
// Every line that Debian's sysdig shows of a capture, against the trace made
// of it. Fields that sysdig does not tell are not compared; every difference
// is in kDifferences with its reason.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "replay/scap/import_scap.h"
#include "tests/replay/scap/retelling.h"
#include "tests/replay/scap/sysdig.h"
#include "tests/support/shared_data.h"

namespace vestige {
namespace {

// Where we say something else than sysdig, and why that is right.
struct Difference {
  std::string_view capture;
  int first, last;  // evt.num
  Field field;
  std::string_view why;
};
constexpr std::string_view kIpv6Client = "libs__test_ipv6_client.scap";
constexpr std::string_view kNotBound =
    "a socket that is not bound has no address yet; sysdig makes up ::1";
constexpr std::string_view kConnectedAnew =
    "the datagram socket was connected to another peer; sysdig keeps the first";
constexpr Difference kDifferences[] = {
    {kIpv6Client, 225, 226, Field::kFdName, kNotBound},
    {kIpv6Client, 225, 226, Field::kClientAddress, kNotBound},
    {kIpv6Client, 225, 226, Field::kClientPort, kNotBound},
    {kIpv6Client, 231, 238, Field::kFdName, kConnectedAnew},
    {kIpv6Client, 231, 238, Field::kServerAddress, kConnectedAnew},
    {kIpv6Client, 231, 238, Field::kServerPort, kConnectedAnew},
};

struct Named {
  std::string_view name;
  uint64_t value;
};
constexpr Named kFlags[] = {
    {"O_RDONLY", 0},
    {"O_WRONLY", 01},
    {"O_RDWR", 02},
    {"O_CREAT", 0100},
    {"O_EXCL", 0200},
    {"O_TRUNC", 01000},
    {"O_APPEND", 02000},
    {"O_NONBLOCK", 04000},
    {"O_DIRECTORY", 0200000},
    {"O_CLOEXEC", 02000000},
    {"MAP_SHARED", 1},
    {"MAP_PRIVATE", 2},
    {"MAP_FIXED", 0x10},
    {"MAP_ANONYMOUS", 0x20},
    {"MAP_DENYWRITE", 0x800},
    {"MAP_NORESERVE", 0x4000},
    {"CLONE_FILES", 0x400},
    {"CLONE_FS", 0x200},
    {"CLONE_THREAD", 0x10000},
    {"CLONE_VM", 0x100},
    {"CLONE_SIGHAND", 0x800},
    {"CLONE_SYSVSEM", 0x40000},
    {"CLONE_PARENT_SETTID", 0x100000},
};

// Names of flags as a number; the text as it is when a name is not known.
std::string flags_of(const std::string& names) {
  uint64_t flags = 0;
  std::string_view rest = names;
  while (!rest.empty()) {
    const size_t end = rest.find('|');
    const std::string_view name = rest.substr(0, end);
    const auto* found = std::ranges::find(kFlags, name, &Named::name);
    if (found == std::end(kFlags)) return names;
    flags |= found->value;
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return fmt::format("{:#x}", flags);
}

bool is_about_fd(Field field) {
  return field >= Field::kFdNumber && field <= Field::kServerPort;
}

// What sysdig says, without what only it knows.
std::string told(const Statement& theirs, Field field) {
  const std::string& text = theirs[field];
  if (field == Field::kFlags) return text.empty() ? text : flags_of(text);
  // A call that failed has no descriptor, but sysdig gives it a name.
  if (is_about_fd(field) && theirs[Field::kFdNumber] == "-1") return {};
  // A port without an address is none.
  if (field == Field::kClientPort && theirs[Field::kClientAddress].empty())
    return {};
  // Addresses of kernel objects precede the path of a Unix socket.
  const bool is_unix = (field == Field::kFdName || field == Field::kTuple) &&
                       text.find("->ffff") != std::string::npos;
  return is_unix ? text.substr(text.rfind(' ') + 1) : text;
}

// Sysdig takes "./" off paths, even where the directory is not known.
std::string_view without_dot(std::string_view path) {
  return path.starts_with("./") ? path.substr(2) : path;
}

class ImportOracle : public testing::TestWithParam<const char*> {
 protected:
  struct Score {
    int told = 0;
    int same = 0;
    int explained = 0;
  };

  void compare(const Statement& theirs, const Statement& ours) {
    for (auto at = size_t(Field::kCpu); at < kFields; ++at) {
      const auto field = Field(at);
      const std::string expected = told(theirs, field);
      if (expected.empty()) continue;
      Score& score = scores_[at];
      ++score.told;
      if (without_dot(ours[field]) == expected) {
        ++score.same;
      } else if (is_explained(theirs, field)) {
        ++score.explained;
      } else {
        ADD_FAILURE() << "event " << theirs[Field::kNumber] << " "
                      << theirs[Field::kDirection] << " "
                      << theirs[Field::kType] << " " << kSysdigFields[at]
                      << ": sysdig '" << expected << "', trace '" << ours[field]
                      << "'";
      }
    }
  }

  static bool is_explained(const Statement& theirs, Field field) {
    const int number = std::stoi(theirs[Field::kNumber]);
    return std::ranges::any_of(kDifferences, [&](const Difference& known) {
      return known.capture == GetParam() && known.field == field &&
             known.first <= number && number <= known.last;
    });
  }

  void print_scores(size_t events) const {
    fmt::print("{}: {} events\n", GetParam(), events);
    for (size_t at = 0; at < kFields; ++at)
      if (scores_[at].told > 0)
        fmt::print("  {:<14} {} of {} the same, {} explained\n",
                   kSysdigFields[at], scores_[at].same, scores_[at].told,
                   scores_[at].explained);
  }

  std::array<Score, kFields> scores_ = {};
};

TEST_P(ImportOracle, SaysTheSame) {
  const auto folder = shared_data(VESTIGE_SOURCE_DIR, "reference/scap");
  if (!folder) GTEST_SKIP() << "no reference captures beside the repository";
  if (!has_sysdig()) GTEST_SKIP() << "needs sysdig";
  const std::string capture = *folder / GetParam();
  const std::filesystem::path trace =
      testing::TempDir() +
      fmt::format("oracle-{}-{}.vtrace", getpid(), GetParam());
  const auto report = import_scap(capture, trace);
  ASSERT_TRUE(report) << report.error().message;
  Retelling retelling;
  ASSERT_TRUE(retelling.read(trace));
  std::filesystem::remove(trace);
  const auto statements = ask_sysdig(capture);
  for (const Statement& theirs : statements) {
    const Statement* ours = retelling.find(theirs);
    if (ours)
      compare(theirs, *ours);
    else
      ADD_FAILURE() << "event " << theirs[Field::kNumber] << " "
                    << theirs[Field::kType] << " is not in the trace";
  }
  print_scores(statements.size());
}

INSTANTIATE_TEST_SUITE_P(
    Captures, ImportOracle,
    testing::Values("falco__cat_write.scap", "falco__connect_localhost.scap",
                    "falco__empty.scap", "falco__empty_old2016.scap",
                    "falco__ping_sendto.scap", "falco__syscall.scap",
                    "libs__curl_google.scap", "libs__sample.scap",
                    "libs__single_ipv6_conn.scap",
                    "libs__test_ipv6_client.scap",
                    "sysflow__client-server__tcp-client-server.scap",
                    "sysflow__files__files.scap"));

}  // namespace
}  // namespace vestige
