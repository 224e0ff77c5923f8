// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/tui/stories.h"
#include "tui/tree_list_view.h"

namespace vestige::tui {
namespace {

constexpr Column kColumns[] = {{"NAME", 20, 1}};

// A tree of numbers.
class Numbers : public TreeListView {
 public:
  Numbers(Session& session, std::vector<uint32_t> parents)
      : TreeListView(session), parents_(std::move(parents)) {}

  [[nodiscard]] std::string title() const override { return "Numbers"; }
  static constexpr uint32_t kRoot = kNoParent;

 protected:
  [[nodiscard]] size_t rows() const override { return parents_.size(); }
  [[nodiscard]] std::string_view what() const override { return "numbers"; }
  [[nodiscard]] std::span<const Column> columns() const override {
    return kColumns;
  }
  [[nodiscard]] CellText cell(size_t row, size_t) const override {
    return {fmt::format("n{}", row)};
  }
  [[nodiscard]] Subject subject_of(size_t row) const override {
    return static_cast<ProcessId>(row + 1);
  }
  [[nodiscard]] uint32_t parent_of(uint32_t row) const override {
    return parents_[row];
  }

 private:
  std::vector<uint32_t> parents_;
};

class Tree : public testing::Test {
 protected:
  Tree() {
    const std::string path = scratch_.path("x.vtrace");
    write_story("empty", path);
    auto opened = Case::open(path);
    EXPECT_TRUE(opened) << opened.error().message;
    session_.emplace(
        std::make_shared<const LoadedCase>(std::move(opened).value()));
    session_->charset = Charset::kAscii;
  }

  std::string draw(View& view, int height = 12) {
    Screen screen(80, height, Charset::kAscii);
    view.draw(screen, screen.area());
    std::string text = screen.text();
    return text.substr(text.find('\n') + 1);
  }

  ScratchDirectory scratch_;
  std::optional<Session> session_;
};

TEST_F(Tree, ShowsChildrenBelowTheirParents) {
  Numbers view(*session_, {Numbers::kRoot, 0, 1, 0});
  EXPECT_EQ(draw(view, 5),
            "  - n0\n"
            "  |-- n1\n"
            "  | `-- n2\n"
            "  `-- n3\n");
}

TEST_F(Tree, FoldsAndUnfolds) {
  Numbers view(*session_, {Numbers::kRoot, 0, 1, 0});
  draw(view, 5);
  view.act(Action::kFold);
  EXPECT_EQ(view.summary(), "line 1 of 1 of 4 numbers");
  view.act(Action::kUnfold);
  EXPECT_EQ(view.summary(), "line 1 of 4 numbers");
}

TEST_F(Tree, AFilterShowsMatchesWithTheirAncestors) {
  Numbers view(*session_, {Numbers::kRoot, 0, 1, 0});
  view.filter("n2");
  draw(view, 5);
  EXPECT_EQ(view.summary(), "line 1 of 3 of 4 numbers");
}

TEST_F(Tree, CirclesAreBrokenAndEveryRowIsShownOnce) {
  for (const std::vector<uint32_t>& parents :
       {std::vector<uint32_t>{1, 0}, {0}, {2, 0, 1, 2}, {1, 2, 3, 1, 9}}) {
    Numbers view(*session_, parents);
    draw(view);
    EXPECT_EQ(view.summary(),
              fmt::format("line 1 of {} numbers", parents.size()));
  }
}

TEST_F(Tree, AMillionLevelsAndAMillionChildrenAreJustLong) {
  constexpr uint32_t kMany = 1'000'000;
  std::vector<uint32_t> deep(kMany), wide(kMany, 0);
  for (uint32_t i = 0; i < kMany; ++i) deep[i] = i - 1;
  deep[0] = wide[0] = Numbers::kRoot;
  for (const auto& parents : {deep, wide}) {
    Numbers view(*session_, parents);
    draw(view);
    view.act(Action::kBottom);
    EXPECT_NE(draw(view).find("n999999"), std::string::npos);
  }
}

}  // namespace
}  // namespace vestige::tui
