// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/field.h"

#include <gmock/gmock.h>

#include <fstream>
#include <random>
#include <set>

#include "replay/facts/event_args.h"
#include "tests/replay/filter/views.h"

namespace vestige {
namespace {

TEST(Fields, HaveUniqueNamesTitlesAndWords) {
  std::set<std::string_view> names;
  for (const FieldInfo* field : all_fields()) {
    EXPECT_TRUE(names.insert(field->name).second) << field->name;
    EXPECT_FALSE(field->doc.empty()) << field->name;
    EXPECT_EQ(field->get == nullptr, field->doc.starts_with("never answered"))
        << field->name;
  }
  EXPECT_GE(names.size(), 293u);
}

TEST(Fields, AreFoundWithArgumentsAfterADot) {
  const auto flags = find_field("evt.arg.flags");
  ASSERT_TRUE(flags);
  EXPECT_EQ(flags->info->name, "evt.arg");
  EXPECT_EQ(flags->argument, "flags");
  EXPECT_EQ(find_field("container.label.a.b")->argument, "a.b");
  EXPECT_TRUE(find_field("proc.name")->argument.empty());
  EXPECT_FALSE(find_field("proc.name.x"));
  EXPECT_FALSE(find_field("nothing"));
  EXPECT_FALSE(find_field(""));
}

// Every getter on every kind of event with random arguments and parts: no
// crash, and values live until the next event.
TEST(Fields, AnswerForAnyEventWithoutCrashing) {
  std::mt19937_64 random(9);
  const TraceHeader header;
  for (const Descriptor& call : descriptors(Abi::kX86_64)) {
    TraceBuilder trace;
    trace.process(1).open(1, "/a", 3);
    std::vector<uint64_t> args;
    for (int i = 0; i < call.arg_count; ++i)
      args.push_back(random() >> (random() % 64));
    trace.call(1, call.name, args, int64_t(random() >> (random() % 64)) - 50);
    for (int i = 0; i < 6; ++i)
      trace.part(uint8_t(random() % 8), PartKind(1 + random() % 16),
                 std::string(random() % 90, char(random())));
    filter::for_each_view(trace, header, [&](const EventView& view) {
      for (const FieldInfo* field : all_fields()) {
        if (!field->get) continue;
        for (const char* argument : {"", "0", "7", "-1", "fd", "name"}) {
          FieldValues out;
          FieldArgument arg{argument, std::nullopt};
          if (*argument == '0' || *argument == '7') arg.index = *argument - '0';
          if (*argument == '-') arg.index = -1;
          field->get(view, arg, out);
          for (const FieldValue& value : out.all())
            (void)field_text(field->type, value);
        }
      }
    });
  }
}

std::string text(const EventView& view, std::string_view name) {
  const auto field = find_field(name);
  if (!field || !field->info->get) return "<no field>";
  FieldValues out;
  FieldArgument arg{field->argument, std::nullopt};
  field->info->get(view, arg, out);
  return out.empty() ? "<NA>" : field_text(field->info->type, out.all()[0]);
}

TEST(Fields, SpeakOfArgumentsByTheNamesOfSysdig) {
  TraceBuilder trace;
  trace.process(1)
      .open(1, "/tmp/x", 3, O_RDWR | O_CREAT)
      .call(1, "fchmodat", {uint64_t(AT_FDCWD), 1, 04755}, 0)
      .text(1, "/tmp/x")
      .call(1, "setuid", {0}, 0)
      .rename(1, "/tmp/x", "/tmp/y")
      .call(1, "kill", {7, 9}, -3);
  const TraceHeader header;
  std::vector<std::string> got;
  filter::for_each_view(trace, header, [&](const EventView& v) {
    switch (v.number) {
      case 1:
        EXPECT_EQ(text(v, "evt.arg.fd"), "<f>/tmp/x");
        EXPECT_EQ(text(v, "evt.arg.name"), "/tmp/x");
        EXPECT_EQ(text(v, "evt.arg.flags"), "O_RDWR|O_CREAT");
        EXPECT_EQ(text(v, "evt.rawarg.fd"), "3");
        EXPECT_EQ(text(v, "fs.path.name"), "/tmp/x");
        break;
      case 2:
        EXPECT_EQ(text(v, "evt.arg.filename"), "/tmp/x");
        EXPECT_THAT(text(v, "evt.arg.mode"), ::testing::HasSubstr("S_ISUID"));
        EXPECT_EQ(text(v, "evt.arg.res"), "0");
        break;
      case 3: EXPECT_EQ(text(v, "evt.arg.uid"), "root"); break;
      case 4:
        EXPECT_EQ(text(v, "evt.arg.oldpath"), "/tmp/x");
        EXPECT_EQ(text(v, "fs.path.target"), "/tmp/y");
        break;
      case 5:
        EXPECT_EQ(text(v, "evt.arg.sig"), "SIGKILL");
        EXPECT_EQ(text(v, "evt.arg.res"), "ESRCH");
        EXPECT_EQ(text(v, "evt.arg.nothing"), "<NA>");
        break;
      default: break;
    }
  });
}

TEST(Fields, SpeakOfContainersAndPods) {
  TraceBuilder trace;
  trace.process(1).open(1, "/a", 3);
  TraceHeader header;
  header.container.id = "0123456789abcdef";
  header.container.name = "web";
  header.container.runtime = "docker";
  header.container.image = "registry:5000/team/web:1.2@sha256:77";
  header.container.labels = {{"io.kubernetes.pod.name", "web-0"}, {"a.b", "c"}};
  filter::for_each_view(trace, header, [&](const EventView& v) {
    EXPECT_EQ(text(v, "container.id"), "0123456789ab");
    EXPECT_EQ(text(v, "container.image.repository"), "registry:5000/team/web");
    EXPECT_EQ(text(v, "container.image.tag"), "1.2");
    EXPECT_EQ(text(v, "container.image.digest"), "sha256:77");
    EXPECT_EQ(text(v, "container.label.a.b"), "c");
    EXPECT_EQ(text(v, "k8s.pod.name"), "web-0");
    EXPECT_EQ(text(v, "container.privileged"), "false");
  });
  header.container.runtime = "none";
  filter::for_each_view(trace, header, [&](const EventView& v) {
    EXPECT_EQ(text(v, "container.id"), "host");
    EXPECT_EQ(text(v, "container.image"), "<NA>");
  });
}

}  // namespace
}  // namespace vestige
