// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/event_types.h"

#include <gmock/gmock.h>

#include "replay/filter/parser.h"

namespace vestige {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

EventTypeSet types(std::string_view text) {
  ParsedMacros macros;
  macros.emplace("opens", *filter::parse("evt.type in (open, openat)"));
  macros.emplace("circle", *filter::parse("circle or evt.type = open"));
  const auto parsed = filter::parse(text);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return event_types(*parsed, macros);
}

TEST(EventTypes, ComeFromComparisons) {
  EXPECT_THAT(types("evt.type = open").names, ElementsAre("open"));
  EXPECT_THAT(types("evt.type in (open, close)").names,
              ElementsAre("close", "open"));
  EXPECT_THAT(types("opens and proc.name = x").names,
              ElementsAre("open", "openat"));
  EXPECT_FALSE(types("evt.type != open").contains("open"));
  EXPECT_TRUE(types("evt.type != open").contains("close"));
  EXPECT_TRUE(types("proc.name = x").contains("anything"));
}

TEST(EventTypes, JoinAndMeet) {
  EXPECT_THAT(types("evt.type = open or evt.type = close").names,
              ElementsAre("close", "open"));
  EXPECT_FALSE(types("evt.type = open and evt.type = close").contains("open"));
  EXPECT_TRUE(types("evt.type = open or proc.name = x").contains("close"));
  EXPECT_THAT(types("opens and not evt.type = open").names,
              ElementsAre("openat"));
  EXPECT_THAT(types("opens and evt.type != open").names, ElementsAre("openat"));
}

TEST(EventTypes, AreNotLostByNegatingMoreThanTypes) {
  EXPECT_TRUE(
      types("not (evt.type = open and proc.name = x)").contains("open"));
  EXPECT_FALSE(
      types("not (evt.type = open or evt.type = close)").contains("open"));
  EXPECT_TRUE(types("not not_there").contains("open"));
}

TEST(EventTypes, SurviveMacrosThatNameThemselves) {
  EXPECT_TRUE(types("circle").contains("close"));
}

TEST(EventTypes, KnowWhatCannotHappen) {
  const auto unknown = [](std::string_view text) {
    std::vector<std::string> out;
    for (const auto& each : unknown_event_types(*filter::parse(text)))
      out.push_back(each.name);
    return out;
  };
  EXPECT_THAT(unknown("evt.type = opn or evt.type in (open, clos)"),
              ElementsAre("opn", "clos"));
  EXPECT_THAT(unknown("evt.type in (openat2, io_uring_setup, pread, container,"
                      " task_exec, procexit) and proc.name = opn"),
              IsEmpty());
}

}  // namespace
}  // namespace vestige
