// SPDX-License-Identifier: Apache-2.0
#include "format/trace_copy.h"

#include <gmock/gmock.h>

#include "format/verify.h"
#include "tests/format/trace_fixture.h"

namespace vestige {
namespace {

class TraceCopy : public testing::Test {
 protected:
  // `count` events at 1000, 1000 + step, ... ns.
  std::string make(const std::string& name, int count, uint64_t first = 1000,
                   uint64_t step = 10, TraceHeader header = some_header()) {
    header.boot_id = header.boot_id.empty() ? "boot-1" : header.boot_id;
    header.container.name = name;
    const std::string path = dir_.file(name);
    EventMaker maker(9);
    auto writer = TraceWriter::create(path, header, {.chunk_events = 10});
    EXPECT_TRUE(writer);
    for (int i = 0; i < count; ++i) {
      OwnedEvent event = maker.next();
      event.event.time_ns = first + uint64_t(i) * step;
      EXPECT_TRUE(writer->append(event.event));
      if (i == 25) writer->add_loss({LossReason::kRingFull, 3, 1, 2, "cpu 0"});
    }
    EXPECT_TRUE(writer->close({.reason = EndReason::kInterrupted,
                               .end = {first + uint64_t(count) * step, 1}}));
    return path;
  }
  std::string out() const { return dir_.file("out"); }

  TempDir dir_;
};

TEST_F(TraceCopy, RepairKeepsWhatIsThereAndTellsWhatIsGone) {
  const std::string path = make("a", 100);
  std::string bytes = read_file(path);
  bytes[bytes.size() / 3] ^= 1;
  bytes.resize(bytes.size() / 2);  // well before the end record
  write_file(path, bytes);
  const auto damaged = read_trace(path);
  ASSERT_TRUE(damaged);
  const auto report = repair_trace(path, out(), {});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_FALSE(report->was_complete);
  EXPECT_EQ(report->events_written, damaged->events.size());
  EXPECT_EQ(report->losses.size(), damaged->losses.size());

  const auto repaired = read_trace(out());
  ASSERT_TRUE(repaired);
  EXPECT_TRUE(repaired->is_complete);
  ASSERT_EQ(repaired->events.size(), damaged->events.size());
  for (size_t i = 0; i < damaged->events.size(); ++i)
    ASSERT_TRUE(are_equal(damaged->events[i], repaired->events[i]));
  EXPECT_EQ(verify_trace(out())->verdict, Verdict::kIntactUnsigned);
  for (const Loss& loss : damaged->end.losses) {
    const auto kept =
        std::ranges::find(repaired->end.losses, loss.reason, &Loss::reason);
    ASSERT_NE(kept, repaired->end.losses.end());
    EXPECT_EQ(kept->count, loss.count);
  }
  ASSERT_EQ(repaired->header.parents.size(), 1u);
  const Parent& parent = repaired->header.parents[0];
  EXPECT_EQ(parent.operation, "repaired");
  EXPECT_EQ(parent.file_name, "a");
  EXPECT_THAT(parent.verdict, testing::HasSubstr("altered in chunk"));
}

TEST_F(TraceCopy, CutKeepsATimeRangeAndNamesItsParent) {
  const std::string path = make("a", 100);
  const auto report =
      cut_trace(path, out(),
                {.from_ns = 1200,
                 .to_ns = 1500,
                 .words = "--from 1200 --to 1500",
                 .wants = [](const Event& event,
                             Position) { return event.time_ns % 20 == 0; }},
                {});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->events_read, 100u);
  const auto cut = read_trace(out());
  ASSERT_TRUE(cut);
  ASSERT_EQ(cut->events.size(), 16u);
  EXPECT_EQ(cut->events.front().event.time_ns, 1200u);
  EXPECT_EQ(cut->events.back().event.time_ns, 1500u);
  ASSERT_EQ(cut->losses.size(), 1u);
  EXPECT_EQ(cut->losses[0].where, "cpu 0");
  const Parent& parent = cut->header.parents.at(0);
  EXPECT_EQ(parent.detail, "--from 1200 --to 1500");
  const auto whole = *verify_trace(path);
  EXPECT_EQ(parent.trace_id, to_hex(whole.trace_id));
  EXPECT_EQ(parent.root, to_hex(whole.seal.root));
}

}  // namespace
}  // namespace vestige
