// SPDX-License-Identifier: Apache-2.0
//
// Events as nobody would record them: any call, any numbers, any parts.
// Nothing may crash, and what comes out must hold together.
#include <gtest/gtest.h>

#include <random>

#include "replay/content/file_contents.h"
#include "replay/reconstructor.h"

namespace vestige {
namespace {

class RandomEvents {
 public:
  explicit RandomEvents(uint32_t seed) : random_(seed) {
    for (const Abi abi : {Abi::kX86_64, Abi::kKernel})
      for (const Descriptor& descriptor : descriptors(abi))
        types_.push_back(&descriptor);
  }

  // Valid until the next call.
  const Event& next() {
    data_.clear();
    parts_.clear();
    event_ = {};
    event_.descriptor = types_[number(types_.size())];
    event_.type = event_.descriptor->type;
    event_.pid = 1 + number(6);
    event_.tid = event_.pid + number(3) * 100;
    event_.process_start_ns = number(3) * 1'000'000'000;
    event_.time_ns = ++time_ns_;
    event_.ret = number(3) ? number(8) : -int64_t(number(40));
    event_.flags = uint8_t(number(8));
    for (uint64_t& arg : event_.args)
      arg = number(4) ? number(10) : random_() | uint64_t(random_()) << 32;
    const uint32_t count = number(6);
    data_.reserve(count);
    for (uint32_t i = 0; i < count; ++i) add_part();
    event_.parts = parts_;
    return event_;
  }

 private:
  uint32_t number(size_t limit) { return uint32_t(random_() % limit); }

  void add_part() {
    static constexpr std::string_view kTexts[] = {"/a",
                                                  "/a/b",
                                                  "b/../c",
                                                  "",
                                                  "/",
                                                  "..",
                                                  "/proc/self/fd/3",
                                                  "/proc/2/cwd",
                                                  "/dev/fd/-1",
                                                  "fd",
                                                  "/proc/self/root/x",
                                                  "\xff/\n"};
    std::string& data = data_.emplace_back();
    if (number(2)) {
      data = kTexts[number(std::size(kTexts))];
    } else {
      data.resize(number(80));
      for (char& c : data) c = char(number(4) ? number(4) : random_());
    }
    const auto kind = PartKind(1 + number(18));
    const uint32_t arg = number(8);
    parts_.push_back({kind, uint8_t(arg), uint8_t(number(16)),
                      number(2) ? data.size() : random_(), data});
  }

  std::mt19937 random_;
  std::vector<const Descriptor*> types_;
  Event event_;
  std::vector<std::string> data_;
  std::vector<Part> parts_;
  uint64_t time_ns_ = 1'000'000'000;
};

void expect_consistent(const Facts& facts) {
  const auto is_process = [&](ProcessId id) {
    return id == ProcessId::kNone || facts.process(id);
  };
  for (const ProcessRow& row : facts.processes) {
    ASSERT_TRUE(is_process(row.parent));
    ASSERT_TRUE(is_process(row.creator));
    ASSERT_NE(row.parent, row.id);
    for (const ExecRow& exec : facts.execs_of(row))
      ASSERT_EQ(exec.process, row.id);
  }
  for (const FileRow& row : facts.files) {
    ASSERT_TRUE(facts.process(row.process));
    ASSERT_GT(row.seen.count, 0u);
    ASSERT_LE(row.seen.first, row.seen.last);
  }
  for (const NetRow& row : facts.net) {
    ASSERT_TRUE(facts.process(row.process));
    ASSERT_TRUE(facts.connection(row.connection));
  }
  for (const MessageRow& row : facts.messages)
    ASSERT_TRUE(facts.connection(row.connection));
}

TEST(RandomEvents, NeverBreakTheReconstruction) {
  for (uint32_t seed = 0; seed < 30; ++seed) {
    TextPool texts;
    FileContents contents([](const FileContent&) { return true; });
    Reconstructor reconstructor(texts);
    reconstructor.watch(&contents);
    RandomEvents events(seed);
    for (uint32_t i = 0; i < 5000; ++i)
      reconstructor.apply(events.next(), {0, i});
    expect_consistent(reconstructor.finish());
  }
}

}  // namespace
}  // namespace vestige
