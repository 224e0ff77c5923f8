// SPDX-License-Identifier: Apache-2.0
#include "capture/watch/event_rule.h"

#include <gmock/gmock.h>

#include "format/descriptor.h"

namespace vestige {
namespace {

struct Made {
  Event event;
  std::vector<Part> parts;
};

Made event_of(std::string_view name, PartKind kind, std::string_view data,
              int64_t ret = 0) {
  const Abi abi = name.starts_with("task_") ? Abi::kKernel : kNativeAbi;
  Made made;
  made.event.type = find_descriptor(abi, name)->type;
  made.event.ret = ret;
  made.parts.push_back({.kind = kind, .data = data});
  made.event.parts = made.parts;
  return made;
}

bool matches(const std::string& rule, const Made& made) {
  auto parsed = EventRule::parse(rule);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed && parsed->matches(made.event);
}

TEST(EventRule, AsksForNamesAndPaths) {
  const Made made = event_of("openat", PartKind::kString, "/etc/shadow");
  EXPECT_TRUE(matches("openat", made));
  EXPECT_TRUE(matches("open,openat path=/etc/*", made));
  EXPECT_TRUE(matches("* path=*shadow", made));
  EXPECT_FALSE(matches("open path=/etc/*", made));
  EXPECT_FALSE(matches("openat path=/etc", made));
}

TEST(EventRule, AsksForArgumentsOneByOne) {
  const Made made = event_of("task_exec", PartKind::kArgv,
                             std::string_view("sh\0-c\0nc -l", 11));
  EXPECT_TRUE(matches("task_exec arg=-c", made));
  EXPECT_TRUE(matches("task_exec arg=nc*", made));
  EXPECT_FALSE(matches("task_exec arg=c", made));
}

TEST(EventRule, AsksForAddresses) {
  const std::string_view address("\x02\x00\x11\x5c\x0a\x01\x02\x03", 8);
  const Made made = event_of("connect", PartKind::kSockaddr, address, -115);
  EXPECT_TRUE(matches("connect to=10.*:4444", made));
  EXPECT_FALSE(matches("connect to=10.*:4443", made));
  EXPECT_TRUE(matches("connect to=* result=failed", made));
  EXPECT_FALSE(matches("connect to=* result=ok", made));
}

TEST(EventRule, AllConditionsMustHold) {
  const Made made = event_of("openat", PartKind::kString, "/a");
  EXPECT_FALSE(matches("openat path=/a path=/b", made));
  EXPECT_FALSE(matches("openat path=/a arg=x", made));
}

TEST(EventRule, HostileTextIsOnlyText) {
  const Made made =
      event_of("openat", PartKind::kString, std::string_view("[*\0\xff%n", 6));
  EXPECT_FALSE(matches("openat path=/etc/*", made));
  EXPECT_TRUE(matches("openat path=\\[\\*", made));
  EXPECT_EQ(event_words(made.event), "openat by process 0: [*\\x00\\xff%n");
}

TEST(EventRule, RefusesWhatItDoesNotKnow) {
  EXPECT_FALSE(EventRule::parse(""));
  EXPECT_FALSE(EventRule::parse("openatt"));
  EXPECT_FALSE(EventRule::parse("openat pth=/x"));
  EXPECT_FALSE(EventRule::parse("openat path="));
  EXPECT_EQ(EventRule::parse("x y").error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace vestige
