// SPDX-License-Identifier: Apache-2.0
#include "capture/watch/alert_server.h"

#include <gmock/gmock.h>

namespace vestige {
namespace {

// As Falco 0.37 writes it with json_output.
constexpr const char* kAlert = R"json({"hostname":"node-3","output":
"17:04:11.182: Notice A shell was spawned (container_id=4f2ac0ffee12)",
"priority":"Notice","rule":"Terminal shell in container","source":"syscall",
"tags":["container","shell"],"time":"2024-03-02T17:04:11.182Z",
"output_fields":{"container.id":"4f2ac0ffee12","container.name":"web",
"evt.time":1709399051182000000,"user.uid":0}})json";

TEST(ParseAlert, FindsContainerAndRule) {
  const auto alert = parse_alert(kAlert);
  ASSERT_TRUE(alert);
  EXPECT_EQ(alert->container, "4f2ac0ffee12");
  EXPECT_EQ(alert->rule, "Terminal shell in container");
  EXPECT_EQ(alert->text, kAlert);
}

TEST(ParseAlert, TakesTheNameWhereThereIsNoId) {
  const auto alert = parse_alert(
      R"({"rule":"r","output_fields":{"container.id":null,
          "container.name":"web"}})");
  ASSERT_TRUE(alert);
  EXPECT_EQ(alert->container, "web");
}

TEST(ParseAlert, RefusesWhatNamesNoContainer) {
  for (const char* text :
       {"", "null", "[]", "{", R"({"rule":"r"})",
        R"({"rule":"r","output_fields":[]})",
        R"({"rule":"r","output_fields":{"container.id":"host"}})",
        R"({"rule":7,"output_fields":{"container.id":"x"}})",
        R"({"output_fields":{"container.id":"x"}})"})
    EXPECT_FALSE(parse_alert(text)) << text;
}

TEST(ParseAlert, SurvivesDeepNesting) {
  const std::string deep(50000, '[');
  EXPECT_FALSE(parse_alert(deep));
  EXPECT_FALSE(parse_alert(R"({"output_fields":)" + deep));
}

}  // namespace
}  // namespace vestige
