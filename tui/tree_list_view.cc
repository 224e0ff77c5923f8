// SPDX-License-Identifier: Apache-2.0
#include "tui/tree_list_view.h"

#include <fmt/format.h>

#include <algorithm>

namespace vestige::tui {
namespace {

// Deeper levels are told by a number, so that the text stays visible.
constexpr uint32_t kDrawnLevels = 16;

}  // namespace

void TreeListView::build() const {
  const size_t count = rows();
  if (first_child_.size() == count + 1) return;
  parents_.resize(count);
  for (uint32_t row = 0; row < count; ++row) {
    const uint32_t parent = parent_of(row);
    parents_[row] = parent < count && parent != row ? parent : kNoParent;
  }
  break_circles();
  first_child_.assign(count + 1, 0);
  for (const uint32_t parent : parents_) {
    if (parent != kNoParent) ++first_child_[parent + 1];
  }
  for (size_t i = 1; i <= count; ++i) first_child_[i] += first_child_[i - 1];
  children_.resize(first_child_[count]);
  std::vector<uint32_t> next(first_child_.begin(), first_child_.end() - 1);
  for (uint32_t row = 0; row < count; ++row) {
    if (parents_[row] != kNoParent) children_[next[parents_[row]]++] = row;
  }
}

// Walks up from every row; who meets its own walk again becomes a root.
void TreeListView::break_circles() const {
  std::vector<uint32_t> walk(parents_.size(), kNoParent);
  for (uint32_t start = 0; start < parents_.size(); ++start) {
    uint32_t row = start;
    while (row != kNoParent && walk[row] == kNoParent) {
      walk[row] = start;
      const uint32_t parent = parents_[row];
      if (parent != kNoParent && walk[parent] == start) {
        parents_[row] = kNoParent;
        break;
      }
      row = parent;
    }
  }
}

size_t TreeListView::child_count(size_t row) const {
  build();
  return first_child_[row + 1] - first_child_[row];
}

bool TreeListView::is_folded(size_t row) const {
  return row < folded_.size() && folded_[row];
}

void TreeListView::fold(uint32_t row, bool is_folded) {
  if (folded_.size() < rows()) folded_.resize(rows(), false);
  folded_[row] = is_folded;
}

std::vector<bool> TreeListView::wanted_with_ancestors() const {
  std::vector<bool> wanted(rows(), false);
  for (uint32_t row = 0; row < wanted.size(); ++row) {
    if (!is_allowed(row) || !row_matches(row, filter_text())) continue;
    for (uint32_t up = row; up != kNoParent && !wanted[up]; up = parents_[up]) {
      wanted[up] = true;
    }
  }
  return wanted;
}

void TreeListView::arrange(std::vector<uint32_t>& shown) const {
  if (!is_tree()) {
    ListView::arrange(shown);
    return;
  }
  build();
  const std::vector<bool> wanted = wanted_with_ancestors();
  depth_.assign(rows(), 0);
  is_last_.assign(rows(), true);
  std::vector<uint32_t> waiting;
  const auto push = [&](uint32_t row, uint32_t depth, bool is_last) {
    depth_[row] = depth;
    is_last_[row] = is_last;
    waiting.push_back(row);
  };
  for (uint32_t root = 0; root < rows(); ++root) {
    if (parents_[root] != kNoParent || !wanted[root]) continue;
    push(root, 0, true);
    while (!waiting.empty()) {
      const uint32_t row = waiting.back();
      waiting.pop_back();
      shown.push_back(row);
      // What a filter finds shows even in what is folded.
      if (is_folded(row) && filter_text().empty() && !session_.filter()) {
        continue;
      }
      bool is_last = true;
      for (uint32_t i = first_child_[row + 1]; i > first_child_[row]; --i) {
        const uint32_t child = children_[i - 1];
        if (!wanted[child]) continue;
        push(child, depth_[row] + 1, is_last);
        is_last = false;
      }
    }
  }
}

std::string TreeListView::prefix(size_t row) const {
  if (!is_tree()) return {};
  const Charset charset = session_.charset;
  std::vector<uint32_t> chain;  // from the row upwards, roots left out
  for (auto up = static_cast<uint32_t>(row);
       up != kNoParent && depth_[up] > 0 && chain.size() < kDrawnLevels;
       up = parents_[up]) {
    chain.push_back(up);
  }
  std::string text;
  if (depth_[row] > kDrawnLevels) {
    text = fmt::format("+{} ", depth_[row] - kDrawnLevels);
  }
  for (size_t i = chain.size(); i > 1; --i) {
    text +=
        is_last_[chain[i - 1]] ? "  " : glyph_text(Glyph::kThrough, charset);
  }
  if (!chain.empty()) {
    text += glyph_text(is_last_[row] ? Glyph::kLastBranch : Glyph::kBranch,
                       charset);
  }
  if (child_count(row) > 0) {
    text +=
        glyph_text(is_folded(row) ? Glyph::kFolded : Glyph::kUnfolded, charset);
    text += ' ';
  } else if (!chain.empty()) {
    text += glyph_text(Glyph::kHorizontal, charset);
    text += ' ';
  }
  return text;
}

void TreeListView::reveal(uint32_t row) {
  build();
  for (uint32_t up = parents_[row]; up != kNoParent; up = parents_[up]) {
    fold(up, false);
  }
  rebuild();
}

void TreeListView::fold_all() {
  build();
  const bool was_folded = std::ranges::find(folded_, true) != folded_.end();
  folded_.assign(rows(), false);
  for (uint32_t row = 0; !was_folded && row < rows(); ++row) {
    folded_[row] = child_count(row) > 0;
  }
  rebuild();
}

// As in other trees: folds what is open, else goes to the parent.
void TreeListView::go_left(uint32_t row) {
  if (child_count(row) > 0 && !is_folded(row)) {
    fold(row, true);
    rebuild();
  } else if (parents_[row] != kNoParent) {
    select_row(parents_[row]);
  }
}

Step TreeListView::act(Action action) {
  const auto selected = selected_row();
  const auto row = static_cast<uint32_t>(selected.value_or(0));
  switch (action) {
    case Action::kTree:
      is_tree_ = !is_tree_ || is_sorted();
      sort_by(-1, false);
      rebuild();
      return done(is_tree_ ? "tree" : "flat list");
    case Action::kFoldAll: fold_all(); return done();
    case Action::kLeft:
    case Action::kFold:
    case Action::kRight:
    case Action::kUnfold: break;
    default: return ListView::act(action);
  }
  if (!is_tree() || !selected) return ListView::act(action);
  if (action == Action::kLeft) {
    go_left(row);
    return done();
  }
  fold(row, action == Action::kFold);
  rebuild();
  return done();
}

}  // namespace vestige::tui
