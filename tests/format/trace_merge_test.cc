// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "format/trace_copy.h"
#include "format/trace_view.h"
#include "format/verify.h"
#include "tests/format/trace_fixture.h"

namespace vestige {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kUtc = 1'700'000'000'000'000'000;

// One trace: who recorded it, when that machine booted, when what happened.
struct Story {
  std::string name;
  std::string host = "node-1";
  std::string boot = "boot-1";
  int64_t boot_unix_ns = kUtc;
  std::vector<uint64_t> times_ns = {};  // since boot
  // The file that this one goes on from, and which it is in the series.
  std::string previous = {};
  uint32_t previous_number = 0;
};

class TraceMerge : public testing::Test {
 protected:
  std::string make(const Story& story) {
    TraceHeader header = some_header();
    header.host_name = story.host;
    header.boot_id = story.boot;
    header.container = {.id = "id-" + story.name, .name = story.name};
    header.start = {.boot_ns = 500, .unix_ns = story.boot_unix_ns + 500};
    if (!story.previous.empty())
      header.previous = {
          .trace_id = to_hex(verify_trace(story.previous)->trace_id),
          .number = story.previous_number};
    const uint64_t began_ns =
        story.previous.empty() ? 510 : story.times_ns.at(0) - 10;
    const std::string path = dir_.file(story.name);
    auto writer = TraceWriter::create(path, header, {.chunk_events = 3});
    EXPECT_TRUE(writer);
    Snapshot snapshot{.time_ns = began_ns, .end_ns = began_ns + 10};
    snapshot.processes.resize(1);
    snapshot.processes[0].task.process_start_ns = 400;
    snapshot.processes[0].comm = story.name;
    EXPECT_TRUE(writer->append(snapshot));
    for (const uint64_t time_ns : story.times_ns) {
      Event event{.type = {Abi::kX86_64, 39},
                  .pid = 7,
                  .tid = 7,
                  .process_start_ns = 400,
                  .time_ns = time_ns};
      TaskPart task{};
      task.pid = 8;
      task.process_start_ns = 450;
      const Part part{
          .kind = PartKind::kTask,
          .arg = kTaskArg,
          .full_size = sizeof task,
          .data = {reinterpret_cast<const char*>(&task), sizeof task}};
      event.parts = {&part, 1};
      EXPECT_TRUE(writer->append(event));
    }
    writer->add_loss({LossReason::kRingFull, 3, 600, 700, "cpu 0"});
    EXPECT_TRUE(writer->close({.reason = EndReason::kInterrupted,
                               .end = {9000, story.boot_unix_ns + 9000},
                               .container = header.container}));
    return path;
  }
  // The files of one rotated recording: part.1, part.2 ...
  std::vector<std::string> make_series(
      const std::vector<std::vector<uint64_t>>& times_ns) {
    std::vector<std::string> out;
    for (const auto& times : times_ns)
      out.push_back(make({.name = fmt::format("part.{}", out.size() + 1),
                          .times_ns = times,
                          .previous = out.empty() ? "" : out.back(),
                          .previous_number = uint32_t(out.size())}));
    return out;
  }
  std::string out() const { return dir_.file("out"); }
  Reading merge(const std::vector<std::string>& paths) {
    const auto report = merge_traces(paths, out(), {});
    EXPECT_TRUE(report) << report.error().message;
    auto merged = read_trace(out());
    EXPECT_TRUE(merged);
    return std::move(*merged);
  }
  static std::vector<std::string> names_by_event(const Reading& merged) {
    std::vector<std::string> out;
    for (const OwnedEvent& event : merged.events)
      out.push_back(
          merged.header.origins.at(event.event.origin - 1u).container.name);
    return out;
  }
  static std::vector<int64_t> utc_of(const Reading& reading) {
    std::vector<int64_t> out;
    for (const OwnedEvent& event : reading.events)
      out.push_back(reading.header.start.unix_at(event.event.time_ns) - kUtc);
    return out;
  }

  TempDir dir_;
  Story web_{.name = "web", .times_ns = {1000, 3000, 5000}};
  Story db_{.name = "db", .times_ns = {2000, 4000}};
  // Another machine, which booted 1 us earlier; its clock is ahead by that.
  Story far_{.name = "far",
             .host = "node-2",
             .boot = "boot-2",
             .boot_unix_ns = kUtc - 1000,
             .times_ns = {2500, 5500}};
};

TEST_F(TraceMerge, OrdersEventsOfOneBootAndTellsWhoseTheyAre) {
  const Reading merged = merge({make(web_), make(db_)});
  EXPECT_THAT(names_by_event(merged),
              ElementsAre("web", "db", "web", "db", "web"));
  EXPECT_THAT(utc_of(merged), ElementsAre(1000, 2000, 3000, 4000, 5000));
  EXPECT_EQ(merged.events[0].event.time_ns, 1000u) << "the clock is the same";
  EXPECT_EQ(merged.header.boot_id, "boot-1");
  EXPECT_EQ(merged.header.host_name, "node-1");
  EXPECT_EQ(merged.header.container.name, "web, db");
}

TEST_F(TraceMerge, OrdersEventsOfSeveralMachinesByUtc) {
  const Reading merged = merge({make(web_), make(far_), make(db_)});
  EXPECT_THAT(names_by_event(merged),
              ElementsAre("web", "far", "db", "web", "db", "far", "web"));
  EXPECT_THAT(utc_of(merged),
              ElementsAre(1000, 1500, 2000, 3000, 4000, 4500, 5000));
  EXPECT_EQ(merged.header.host_name, "node-1, node-2");
  EXPECT_EQ(merged.header.boot_id, "");
  EXPECT_EQ(merged.header.origins[1].host_name, "node-2");
  EXPECT_EQ(verify_trace(out())->verdict, Verdict::kIntactUnsigned);
}

// What was added to the times of a machine is told, and added to all of them.
TEST_F(TraceMerge, MovesAllTimesOfAMachineAlike) {
  const Reading merged = merge({make(web_), make(far_)});
  EXPECT_EQ(merged.header.origins[0].shift_ns, 1000u);
  EXPECT_EQ(merged.header.origins[1].shift_ns, 0u);
  const OwnedEvent& event = merged.events[0];
  ASSERT_EQ(event.event.origin, 1);
  EXPECT_EQ(event.event.time_ns, 2000u);
  EXPECT_EQ(event.event.process_start_ns, 1400u);
  const auto task = read_part<TaskPart>(event.parts.at(0));
  EXPECT_EQ(task.process_start_ns, 1450u);
  EXPECT_EQ(task.start_ns, 0u) << "not known, so still not known";
  ASSERT_EQ(merged.snapshots.size(), 2u);
  const Snapshot& snapshot = merged.snapshots[0];
  EXPECT_EQ(snapshot.origin, 1);
  EXPECT_EQ(snapshot.time_ns, 1510u);
  EXPECT_EQ(snapshot.processes[0].task.process_start_ns, 1400u);
  ASSERT_FALSE(merged.losses.empty());
  EXPECT_EQ(merged.losses[0].from_ns,
            merged.losses[0].origin == 1 ? 1600 : 600);
}

TEST_F(TraceMerge, NamesItsParentsAndKeepsTheirLedgers) {
  const std::string web = make(web_), far = make(far_);
  const Reading merged = merge({web, far});
  ASSERT_EQ(merged.header.parents.size(), 2u);
  EXPECT_EQ(merged.header.parents[1].file_name, "far");
  EXPECT_EQ(merged.header.parents[1].root,
            to_hex(verify_trace(far)->seal.root));
  EXPECT_EQ(merged.header.parents[1].container.name, "far");
  ASSERT_EQ(merged.end.origins.size(), 2u);
  uint64_t lost = 0;
  for (const Loss& loss : merged.end.losses) lost += loss.count;
  EXPECT_EQ(lost, 6u);
  for (const TraceEnd& origin : merged.end.origins) {
    ASSERT_EQ(origin.losses.size(), 1u);
    EXPECT_EQ(origin.losses[0].count, 3u);
  }
}

TEST_F(TraceMerge, ShowsEachOriginAsATraceOfItsOwn) {
  const std::string far = make(far_);
  (void)merge({make(web_), far});
  const auto alone = read_trace(far), view = read_trace(out() + "#2");
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->header.host_name, "node-2");
  EXPECT_EQ(view->header.container.name, "far");
  EXPECT_THAT(utc_of(*view), testing::ContainerEq(utc_of(*alone)));
  ASSERT_EQ(view->events.size(), 2u);
  EXPECT_EQ(view->events[0].event.origin, 0);
  ASSERT_EQ(view->snapshots.size(), 1u);
  EXPECT_EQ(view->snapshots[0].processes[0].comm, "far");
  ASSERT_EQ(view->losses.size(), 1u);
  EXPECT_EQ(view->end.container.name, "far");
  EXPECT_EQ(view->end.losses.at(0).count, 3u);
  EXPECT_THAT(views_of(out()), ElementsAre(out() + "#1", out() + "#2"));
  EXPECT_THAT(views_of(far), ElementsAre(far));
}

TEST_F(TraceMerge, KeepsAViewWhenReadingGoesBack) {
  (void)merge({make(web_), make(far_)});
  auto reader = TraceReader::open(out() + "#2");
  ASSERT_TRUE(reader);
  while (*reader->next()) {
  }
  ASSERT_TRUE(reader->seek_time(0));
  uint64_t events = 0;
  for (;;) {
    const auto item = reader->next();
    ASSERT_TRUE(item);
    if (!*item) break;
    events += item->event != nullptr;
  }
  EXPECT_EQ(events, 2u);
  EXPECT_EQ(reader->header().host_name, "node-2");
}

TEST_F(TraceMerge, ShowsAllEventsOfAViewWhateverIsAskedOfThem) {
  (void)merge({make(web_), make(far_)});
  const auto view = read_trace(out() + "#1", {.columns = kColumnResult});
  ASSERT_TRUE(view);
  EXPECT_EQ(view->events.size(), 3u);
}

TEST_F(TraceMerge, RefusesAViewThatThereIsNot) {
  (void)merge({make(web_), make(far_)});
  const auto third = read_trace(out() + "#3");
  ASSERT_FALSE(third);
  EXPECT_THAT(third.error().message, HasSubstr("made of 2 traces"));
  EXPECT_FALSE(read_trace(out() + "#0"));
  EXPECT_FALSE(read_trace(dir_.file("web") + "#1"));
}

TEST_F(TraceMerge, ReadsAFileThatIsCalledLikeAView) {
  const std::string web = make(web_);
  std::filesystem::rename(web, web + "#1");
  EXPECT_TRUE(read_trace(web + "#1"));
}

// What is given, one letter each, to see the order of events and snapshots.
std::string shape_of(const std::string& path) {
  auto reader = TraceReader::open(path);
  std::string out;
  while (const auto item = *reader->next())
    out += item.event ? 'e' : item.snapshot ? 's' : 'l';
  std::erase(out, 'l');
  return out;
}

TEST_F(TraceMerge, MakesOneRecordingOfTheFilesOfARotatedOne) {
  const auto parts = make_series({{1000, 2000}, {3000}, {4000, 5000}});
  const Reading merged = merge({parts[2], parts[0], parts[1]});
  EXPECT_TRUE(merged.header.origins.empty());
  EXPECT_EQ(merged.header.container.name, "part.1");
  EXPECT_THAT(utc_of(merged), ElementsAre(1000, 2000, 3000, 4000, 5000));
  for (const OwnedEvent& event : merged.events)
    EXPECT_EQ(event.event.origin, 0);
  EXPECT_EQ(shape_of(out()), "seesesee");
  ASSERT_EQ(merged.header.parents.size(), 3u);
  EXPECT_EQ(merged.header.parents[2].file_name, "part.3");
  EXPECT_TRUE(merged.end.origins.empty());
  EXPECT_EQ(merged.end.reason, EndReason::kInterrupted);
  ASSERT_EQ(merged.end.losses.size(), 1u);
  EXPECT_EQ(merged.end.losses[0].count, 9u) << "of all files";
  EXPECT_THAT(views_of(out()), ElementsAre(out()));
}

TEST_F(TraceMerge, AFileThatIsMissingFromASeriesPartsIt) {
  const auto parts = make_series({{1000}, {3000}, {4000}});
  EXPECT_EQ(merge({parts[0], parts[2]}).header.origins.size(), 2u);
  std::filesystem::remove(out());
  // With another container: two origins, of which one is the series.
  const Reading merged = merge({make(web_), parts[0], parts[1], parts[2]});
  ASSERT_EQ(merged.header.origins.size(), 2u);
  EXPECT_THAT(names_by_event(merged),
              ElementsAre("web", "part.1", "web", "part.1", "part.1", "web"));
  ASSERT_EQ(merged.end.origins.size(), 2u);
  EXPECT_EQ(merged.end.origins[1].events, 3u);
  ASSERT_EQ(merged.end.origins[1].losses.size(), 1u);
  EXPECT_EQ(merged.end.origins[1].losses[0].count, 9u);
}

TEST_F(TraceMerge, MergesWhatWasMerged) {
  ASSERT_TRUE(merge_traces({make(web_), make(far_)}, dir_.file("two"), {}));
  const Reading merged = merge({make(db_), dir_.file("two")});
  ASSERT_EQ(merged.header.origins.size(), 3u);
  EXPECT_THAT(names_by_event(merged),
              ElementsAre("web", "far", "db", "web", "db", "far", "web"));
  EXPECT_THAT(utc_of(merged),
              ElementsAre(1000, 1500, 2000, 3000, 4000, 4500, 5000));
  EXPECT_EQ(merged.header.parents.size(), 2u);
}

TEST_F(TraceMerge, CutsOneOutAgain) {
  (void)merge({make(web_), make(far_)});
  ASSERT_TRUE(cut_trace(out() + "#1", dir_.file("again"), {}, {}));
  const auto again = read_trace(dir_.file("again"));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->header.origins.empty());
  EXPECT_EQ(again->header.container.name, "web");
  EXPECT_THAT(utc_of(*again), ElementsAre(1000, 3000, 5000));
  EXPECT_EQ(again->header.parents.back().file_name, "out#1");
}

TEST_F(TraceMerge, RefusesToMixProcessesOfSeveralBoots) {
  (void)merge({make(web_), make(far_)});
  const auto several = read_trace(out());
  const auto refused = require_one_boot(several->header, "out");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("out#1 to out#2"));
  std::filesystem::remove(out());
  EXPECT_TRUE(require_one_boot(
      merge({make({.name = "a"}), make({.name = "b"})}).header, "out"));
}

TEST_F(TraceMerge, RepairKeepsOrigins) {
  (void)merge({make(web_), make(far_)});
  ASSERT_TRUE(repair_trace(out(), dir_.file("repaired"), {}));
  const auto whole = read_trace(out()),
             repaired = read_trace(dir_.file("repaired"));
  ASSERT_TRUE(repaired);
  EXPECT_EQ(names_by_event(*whole), names_by_event(*repaired));
  EXPECT_EQ(repaired->end.origins.size(), 2u);
}

}  // namespace
}  // namespace vestige
