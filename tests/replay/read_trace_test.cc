// SPDX-License-Identifier: Apache-2.0
#include "replay/read_trace.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/replay/rows.h"
#include "tests/replay/trace_builder.h"

namespace vestige {
namespace {

class ReadTrace : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  Result<void> read(const TraceHeader& header) {
    TraceBuilder trace;
    trace.process(1).open(1, "/x", 3);
    trace.save(path_, header);
    auto reader = TraceReader::open(path_);
    if (!reader) return std::move(reader).error();
    return read_trace(*reader, path_, state_);
  }

  const std::string path_ = std::filesystem::temp_directory_path() /
                            fmt::format("vestige-read-{}.vtrace", getpid());
  TextPool texts_;
  Reconstructor state_{texts_};
};

TEST_F(ReadTrace, TellsTheStateOfAllOfIt) {
  ASSERT_TRUE(read({}));
  const Facts facts = state_.finish();
  EXPECT_TRUE(find_file(facts, FileOp::kOpen, "/x"));
}

TEST_F(ReadTrace, RefusesSeveralBootsAtOnce) {
  TraceHeader header;
  header.origins.resize(2);
  header.origins[0].boot_id = "one";
  header.origins[1].boot_id = "other";
  const auto done = read(header);
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find(path_), std::string::npos);
}

}  // namespace
}  // namespace vestige
