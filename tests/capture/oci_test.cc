// SPDX-License-Identifier: Apache-2.0
#include "capture/runtimes/oci.h"

#include <gmock/gmock.h>

namespace vestige {
namespace {

ContainerInfo read(const char* text) {
  ContainerInfo info;
  read_confinement(Json::parse(text), info);
  return info;
}

TEST(ReadConfinement, TellsCapabilitiesAndMountsOfTheHost) {
  const ContainerInfo info = read(R"({
    "process": {"capabilities": {"bounding": ["CAP_CHOWN", "CAP_KILL"]}},
    "mounts": [
      {"destination": "/proc", "type": "proc", "source": "proc"},
      {"destination": "/etc", "type": "none", "source": "/srv/etc",
       "options": ["rbind", "ro"]},
      {"destination": "/data", "type": "bind", "source": "/srv/data"}],
    "linux": {"maskedPaths": ["/proc/kcore"]}})");
  EXPECT_THAT(info.capabilities, testing::ElementsAre("CAP_CHOWN", "CAP_KILL"));
  EXPECT_THAT(info.mounts, testing::ElementsAre(
                               ContainerMount{"/srv/etc", "/etc", "rbind,ro"},
                               ContainerMount{"/srv/data", "/data", ""}));
  EXPECT_EQ(info.privileged, Privileged::kNo);
}

TEST(ReadConfinement, KnowsTheHardlyConfined) {
  EXPECT_EQ(read(R"({"process": {"capabilities": {"bounding":
                     ["CAP_SYS_ADMIN"]}}, "linux": {}})")
                .privileged,
            Privileged::kYes);
  EXPECT_EQ(read(R"({"process": {"capabilities": {"bounding":
                     ["CAP_SYS_ADMIN"]}}, "linux": {"maskedPaths": ["/x"]}})")
                .privileged,
            Privileged::kNo);
}

TEST(ReadConfinement, MakesNothingOfNonsense) {
  for (const char* text : {"null", "7", "[]", R"({"process": 7})",
                           R"({"mounts": [{"type": "bind"}]})"})
    EXPECT_EQ(read(text).privileged, Privileged::kUnknown) << text;
  EXPECT_THAT(read(R"({"process": {"capabilities": {"bounding": [7, null]}},
                       "mounts": [7, null, []]})")
                  .mounts,
              testing::IsEmpty());
}

}  // namespace
}  // namespace vestige
