// SPDX-License-Identifier: Apache-2.0
#include "capture/bpf_session_ring.h"

#include <gmock/gmock.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "format/unique_fd.h"

namespace vestige {
namespace {

using ::testing::ElementsAre;

// A ring in a file, written as the kernel does.
class RingReaderTest : public ::testing::Test {
 protected:
  static constexpr uint32_t kBusy = 1U << 31;
  static constexpr uint32_t kDiscarded = 1U << 30;

  void SetUp() override {
    file_ = UniqueFd(memfd_create("ring", MFD_CLOEXEC));
    ASSERT_EQ(ftruncate(file_.get(), off_t(2 * page_ + 2 * bytes_)), 0);
    auto ring = RingReader::open(file_.get(), bytes_);
    ASSERT_TRUE(ring) << ring.error().message;
    ring_ = std::move(*ring);
  }

  // The kernel maps the data twice; in a file it is written twice.
  void put(uint64_t at, const void* from, size_t size) {
    for (size_t i = 0; i < size; ++i)
      for (const size_t copy : {size_t{0}, bytes_})
        pwrite(file_.get(), static_cast<const char*>(from) + i, 1,
               off_t(2 * page_ + (at + i) % bytes_ + copy));
  }
  void add(const std::string& text, uint32_t flags = 0) {
    const uint32_t head[2] = {uint32_t(text.size()) | flags, 0};
    put(written_, head, sizeof head);
    put(written_ + sizeof head, text.data(), text.size());
    written_ += (sizeof head + text.size() + 7) & ~size_t{7};
    pwrite(file_.get(), &written_, sizeof written_, off_t(page_));
  }
  enum class Extent { kUntilBusy, kAllThereIs };
  std::vector<std::string> read(Extent extent = Extent::kUntilBusy) {
    std::vector<std::string> found;
    const auto keep = [&](std::span<const std::byte> bytes) {
      found.emplace_back(reinterpret_cast<const char*>(bytes.data()),
                         bytes.size());
    };
    if (extent == Extent::kAllThereIs)
      ring_->drain(keep);
    else
      ring_->read(keep, [] { return true; });
    return found;
  }
  uint64_t position() {
    uint64_t at = 0;
    pread(file_.get(), &at, sizeof at, 0);
    return at;
  }

  const size_t page_ = size_t(sysconf(_SC_PAGESIZE));
  size_t bytes_ = page_;
  UniqueFd file_;
  std::optional<RingReader> ring_;
  uint64_t written_ = 0;
};

TEST_F(RingReaderTest, HandsOverRecordsInOrderAndFreesTheirSpace) {
  add("one");
  add("");
  add("three");
  EXPECT_THAT(read(), ElementsAre("one", "", "three"));
  EXPECT_EQ(position(), written_);
  EXPECT_THAT(read(), ElementsAre());
}

TEST_F(RingReaderTest, StopsAtARecordThatIsStillBeingWritten) {
  add("one");
  const uint64_t at = written_;
  add("two", kBusy);
  add("three");
  EXPECT_THAT(read(), ElementsAre("one"));
  EXPECT_EQ(position(), at);
  const uint32_t length = 3;
  put(at, &length, sizeof length);
  EXPECT_THAT(read(), ElementsAre("two", "three"));
}

TEST_F(RingReaderTest, WaitsForThoseBeingWrittenWhenItDrains) {
  add("one");
  const uint64_t at = written_;
  add("two", kBusy);
  add("three");
  std::thread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const uint32_t length = 3;
    put(at, &length, sizeof length);
  });
  EXPECT_THAT(read(Extent::kAllThereIs), ElementsAre("one", "two", "three"));
  writer.join();
}

TEST_F(RingReaderTest, DrainsWhatWasThereWhenItBegan) {
  add("one");
  const uint64_t records =
      ring_->drain([&](std::span<const std::byte>) { add("another"); });
  EXPECT_EQ(records, 1u);
  EXPECT_THAT(read(), ElementsAre("another"));
}

TEST_F(RingReaderTest, PassesOverDiscardedRecords) {
  add("one");
  add("two", kDiscarded);
  add("three");
  EXPECT_THAT(read(), ElementsAre("one", "three"));
}

TEST_F(RingReaderTest, ReadsRecordsThatWrapAround) {
  for (int i = 0; i < 1000; ++i) {
    const std::string text(size_t(i) % 200, char('a' + i % 26));
    add(text);
    EXPECT_THAT(read(), ElementsAre(text)) << i;
  }
}

TEST_F(RingReaderTest, StopsWhenItIsTold) {
  // Heads alone, eight bytes each: more than it takes without asking.
  bytes_ = 4 * page_;
  SetUp();
  const size_t count = bytes_ / 8 - 1;
  for (size_t i = 0; i < count; ++i) add("");
  const uint64_t first =
      ring_->read([](std::span<const std::byte>) {}, [] { return false; });
  EXPECT_EQ(first, 1024u);
  EXPECT_EQ(position(), 1024u * 8);
  EXPECT_EQ(read().size(), count - first);
}

}  // namespace
}  // namespace vestige
