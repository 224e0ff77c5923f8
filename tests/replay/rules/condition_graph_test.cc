// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/condition_graph.h"

#include <gmock/gmock.h>

#include <random>

#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

using Id = ConditionGraph::Id;

TraceBuilder story() {
  TraceBuilder trace;
  trace.process(1).fork(1, 2).exec(2, {"/bin/sh", "-c", "x"});
  trace.open(2, "/etc/passwd", 3).read(2, 3, 10).close(2, 3);
  trace.open(2, "/tmp/x", 4, O_WRONLY).write(2, 4, 5).unlink(2, "/tmp/x");
  return trace;
}

template <typename Visit>
void for_each_view(TraceBuilder& trace, const Visit& visit) {
  TraceHeader header;
  EventViewer viewer(header);
  for (const Snapshot& snapshot : trace.snapshots()) viewer.apply(snapshot, {});
  for (TraceBuilder::Stored& stored : trace.events()) {
    stored.event.parts = stored.parts;
    visit(viewer.apply(stored.event, {}));
  }
}

// Of comparisons, macros and negations, nested at random.
std::string random_condition(std::mt19937& random, int depth) {
  static const char* const kLeaves[] = {"evt.type=openat",
                                        "evt.type in (openat, unlink)",
                                        "evt.type!=read",
                                        "proc.name=sh",
                                        "fd.name startswith /etc",
                                        "evt.is_open_write=true",
                                        "fd.num>=4",
                                        "written",
                                        "fd.sport exists",
                                        "container.id!=host",
                                        "evt.res=SUCCESS",
                                        "proc.vmsize=1"};
  const auto pick = [&](size_t count) { return random() % count; };
  if (depth == 0 || pick(4) == 0) return kLeaves[pick(std::size(kLeaves))];
  if (pick(4) == 0) return "not (" + random_condition(random, depth - 1) + ")";
  const std::string joint = pick(2) ? " and " : " or ";
  std::string out = "(" + random_condition(random, depth - 1);
  for (size_t i = 0; i <= pick(3); ++i)
    out += joint + random_condition(random, depth - 1);
  return out + ")";
}

TEST(ConditionGraph, HoldsWhatTheFilterMatches) {
  filter::Definitions definitions;
  definitions.macros["written"] = "evt.type=write and fd.num=4";
  ConditionGraph graph;
  std::mt19937 random(20);
  TraceBuilder trace = story();
  for (int round = 0; round < 200; ++round) {
    const std::string text = random_condition(random, 4);
    auto filter = filter::Filter::compile(text, definitions);
    ASSERT_TRUE(filter) << filter.error().message;
    const auto id = graph.add(text, definitions);
    ASSERT_TRUE(id);
    for_each_view(trace, [&](const EventView& view) {
      const bool matches = filter->matches(view);
      graph.next_event();
      EXPECT_EQ(graph.holds(*id, view), matches) << text;
      EXPECT_EQ(graph.holds(graph.settled(*id, view), view), matches) << text;
    });
  }
}

TEST(ConditionGraph, HasOneNodeForWhatIsSaidTwice) {
  filter::Definitions definitions;
  definitions.macros["m"] = "proc.name=sh or fd.num=3";
  ConditionGraph graph;
  const auto first = graph.add("evt.type=openat and m", definitions);
  const size_t size = graph.size();
  EXPECT_EQ(*graph.add("evt.type=openat and m", definitions), *first);
  EXPECT_EQ(
      *graph.add("evt.type=openat and (proc.name=sh or fd.num=3)", definitions),
      *first);
  EXPECT_EQ(graph.size(), size);
}

TEST(ConditionGraph, SettlesWhatTheTypeDecides) {
  ConditionGraph graph;
  const Id name = *graph.add("proc.name=sh", {});
  const Id opened = *graph.add("evt.type=openat and proc.name=sh", {});
  TraceBuilder trace = story();
  for_each_view(trace, [&](const EventView& view) {
    const bool is_open = view.event->descriptor->name == "openat";
    EXPECT_EQ(graph.settled(opened, view),
              is_open ? name : ConditionGraph::kFalse);
  });
}

TEST(ConditionGraph, NeverHoldsForWhatATraceDoesNotTell) {
  ConditionGraph graph;
  EXPECT_EQ(*graph.add("proc.vmsize=1 and proc.name=sh", {}),
            ConditionGraph::kFalse);
  EXPECT_EQ(*graph.add("not proc.vmsize=1", {}), ConditionGraph::kTrue);
}

TEST(ConditionGraph, RefusesUnknownMacros) {
  ConditionGraph graph;
  EXPECT_FALSE(graph.add("evt.type=openat and nothing", {}));
}

}  // namespace
}  // namespace vestige
