// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/tui/stories.h"
#include "tui/export_pass.h"

namespace vestige::tui {
namespace {

class Export : public testing::Test {
 protected:
  Export() {
    const std::string path = scratch_.path("x.vtrace");
    write_story("break_in", path);
    auto opened = Case::open(path);
    EXPECT_TRUE(opened) << opened.error().message;
    loaded_ = std::make_shared<const LoadedCase>(std::move(opened).value());
  }

  // What it says, or why it failed.
  std::string run(const std::string& name, std::vector<ShownRows> rows,
                  const std::string& filter = {},
                  std::optional<TimeRange> range = {}) {
    ExportPass pass({.path = scratch_.path(name),
                     .loaded = loaded_,
                     .rows = std::move(rows),
                     .filter = filter,
                     .range = range});
    while (!pass.is_done()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return pass.outcome() ? *pass.outcome() : pass.outcome().error().message;
  }
  std::vector<std::string> lines(const std::string& name) {
    std::vector<std::string> all;
    std::ifstream file(scratch_.path(name));
    for (std::string line; std::getline(file, line);) all.push_back(line);
    return all;
  }

  ScratchDirectory scratch_;
  std::shared_ptr<const LoadedCase> loaded_;
};

TEST_F(Export, HoldsTheRowsShownAndNoOthers) {
  const Facts& facts = loaded_->data.facts();
  const std::string said =
      run("x.jsonl", {{.kind = RowKind::kFile, .rows = {1, 3}},
                      {.kind = RowKind::kConnection, .rows = {0}}});
  EXPECT_NE(said.find("2 files, 1 connections"), std::string::npos) << said;
  const auto all = lines("x.jsonl");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_NE(all[0].find(facts.files[1].path), std::string::npos) << all[0];
  EXPECT_NE(all[1].find(facts.files[3].path), std::string::npos) << all[1];
  EXPECT_NE(all[2].find(endpoint_text(facts.connections[0].remote)),
            std::string::npos)
      << all[2];
}

TEST_F(Export, EventsPassTheFilterAndTheRange) {
  const std::string filter = "evt.type = connect";
  run("all.jsonl", {{.kind = RowKind::kEvent}}, filter);
  EXPECT_EQ(lines("all.jsonl").size(), 3u);
  const ConnectionRow& first = loaded_->data.facts().connections[0];
  run("early.jsonl", {{.kind = RowKind::kEvent}}, filter,
      TimeRange{0, first.start_ns + 100'000'000});
  EXPECT_EQ(lines("early.jsonl").size(), 1u);
  run("one.jsonl", {{.kind = RowKind::kEvent, .process = first.process}},
      filter);
  EXPECT_EQ(lines("one.jsonl").size(), 1u);
}

TEST_F(Export, ACsvFileIsOneTableAndSaysWhatItLeftOut) {
  const std::string said =
      run("x.csv", {{.kind = RowKind::kFile, .rows = {0}},
                    {.kind = RowKind::kProcess, .rows = {0}}});
  EXPECT_NE(said.find("1 files; left out: processes"), std::string::npos)
      << said;
  EXPECT_EQ(lines("x.csv").size(), 2u);  // and the header
}

TEST_F(Export, NeverWritesOverAFile) {
  std::ofstream(scratch_.path("x.jsonl")) << "evidence\n";
  run("x.jsonl", {{.kind = RowKind::kFile, .rows = {0}}});
  EXPECT_EQ(lines("x.jsonl"), std::vector<std::string>{"evidence"});
}

TEST_F(Export, TheEndingOfTheNameTellsTheFormat) {
  EXPECT_NE(run("x.doc", {{.kind = RowKind::kFile, .rows = {0}}})
                .find("must end in one of: jsonl csv"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(scratch_.path("x.doc")));
  run("x.timesketch.jsonl", {{.kind = RowKind::kFile, .rows = {0}}});
  ASSERT_FALSE(lines("x.timesketch.jsonl").empty());
  EXPECT_NE(lines("x.timesketch.jsonl")[0].find("timestamp_desc"),
            std::string::npos);
}

}  // namespace
}  // namespace vestige::tui
