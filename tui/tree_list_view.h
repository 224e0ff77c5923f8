// SPDX-License-Identifier: Apache-2.0
//
// A list whose rows may have parents: shown as a tree that folds, or flat.
// Parents may be missing or go in circles: every row is shown exactly once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tui/list_view.h"

namespace vestige::tui {

class TreeListView : public ListView {
 public:
  using ListView::ListView;

  Step act(Action action) override;

 protected:
  static constexpr uint32_t kNoParent = UINT32_MAX;

  // kNoParent for a root. Rows are siblings in the order of their numbers.
  [[nodiscard]] virtual uint32_t parent_of(uint32_t row) const = 0;
  // The view's state at the beginning.
  void fold(uint32_t row, bool is_folded);
  void unfold_all() { folded_.clear(); }

  void collect() override { first_child_.clear(); }
  void arrange(std::vector<uint32_t>& shown) const override;
  [[nodiscard]] std::string prefix(size_t row) const override;
  [[nodiscard]] bool is_folded(size_t row) const;
  [[nodiscard]] size_t child_count(size_t row) const;
  [[nodiscard]] bool is_tree() const { return is_tree_ && !is_sorted(); }
  void reveal(uint32_t row);  // unfolds all above it

 private:
  void build() const;
  void break_circles() const;
  [[nodiscard]] std::vector<bool> wanted_with_ancestors() const;
  void fold_all();
  void go_left(uint32_t row);

  bool is_tree_ = true;
  std::vector<bool> folded_;
  // Made once, when first needed.
  mutable std::vector<uint32_t> parents_;      // circles broken
  mutable std::vector<uint32_t> first_child_;  // into children_; rows + 1
  mutable std::vector<uint32_t> children_;
  // Made by arrange(): of rows shown.
  mutable std::vector<uint32_t> depth_;
  mutable std::vector<bool> is_last_;
};

}  // namespace vestige::tui
