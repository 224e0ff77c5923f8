// SPDX-License-Identifier: Apache-2.0
//
// Names in the index: what is kept of which events, and what is not believed.
#include "format/trace_names.h"

#include <gtest/gtest.h>

namespace vestige {
namespace {

Event event_of(EventType type, uint32_t pid, uint32_t tid) {
  return {.type = type,
          .pid = pid,
          .tid = tid,
          .process_start_ns = 77,
          .time_ns = 1000,
          .duration_ns = 5};
}
EventType type_of(Abi abi, std::string_view name) {
  return find_descriptor(abi, name)->type;
}

class Names : public testing::Test {
 protected:
  // An open, an exec with a comm and data, a rename by the first thread and
  // one by another.
  Names() {
    NameCollector collector(1);
    const std::string_view comm = "needle", other = "/hay";
    const Part parts[] = {
        {.kind = PartKind::kPath, .full_size = other.size(), .data = other},
        {.kind = PartKind::kComm, .full_size = comm.size(), .data = comm}};
    collector.add(event_of(type_of(Abi::kX86_64, "openat"), 7, 7));
    Event exec = event_of(type_of(Abi::kKernel, "task_exec"), 7, 7);
    exec.parts = parts;
    collector.add(exec);
    collector.add(event_of(type_of(Abi::kX86_64, "prctl"), 7, 8));
    collector.add(event_of(type_of(Abi::kX86_64, "prctl"), 7, 7));
    collector.finish(kept_);
    collector.finish(empty_);
  }

  ChunkFilter kept_, empty_;
  NameDecoder decoder_;
};

TEST_F(Names, AreKeptWithTheirPlacesAndWhatTheyDependOn) {
  ASSERT_TRUE(decoder_.begin(kept_));
  const Event* event = decoder_.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(decoder_.index(), 1u);
  EXPECT_EQ(event->pid, 7u);
  EXPECT_EQ(event->process_start_ns, 77u);
  EXPECT_EQ(event->time_ns, 1000u);
  ASSERT_EQ(event->parts.size(), 1u);
  EXPECT_EQ(event->parts[0].data, "needle");
  event = decoder_.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(decoder_.index(), 3u);
  EXPECT_EQ(event->descriptor->name, "prctl");
  EXPECT_FALSE(decoder_.next());
}

TEST_F(Names, ThatNobodyToldAreNotThoseThatNobodyKept) {
  ASSERT_TRUE(decoder_.begin(empty_));
  EXPECT_FALSE(decoder_.next());
  EXPECT_FALSE(decoder_.begin(ChunkFilter()));
}

TEST_F(Names, ThatAreDamagedAreRefused) {
  ChunkFilter bad = kept_;
  bad.names.resize(bad.names.size() / 2);
  EXPECT_FALSE(decoder_.begin(bad));
  bad = kept_;
  bad.name_indexes = {3, 3};
  EXPECT_FALSE(decoder_.begin(bad));
  bad = kept_;
  bad.name_indexes.clear();
  EXPECT_FALSE(decoder_.begin(bad));
  bad = kept_;
  bad.name_indexes.push_back(9);
  EXPECT_FALSE(decoder_.begin(bad));
  for (size_t i = 0; i < kept_.names.size(); ++i) {
    bad = kept_;
    bad.names[i] = char(bad.names[i] ^ 0x55);
    if (!decoder_.begin(bad)) continue;
    while (decoder_.next()) EXPECT_LE(decoder_.index(), 3u);
  }
}

}  // namespace
}  // namespace vestige
