// SPDX-License-Identifier: Apache-2.0
#include "tui/list_view.h"
#include "tui/views/views.h"

namespace vestige::tui {
namespace {

enum ColumnIndex : size_t { kTimeColumn, kNoteColumn, kTitle };
constexpr Column kColumns[] = {
    {"TIME", kTimeColumns, 0, Align::kRight},
    {"NOTE", 24, 1},
    {"LINE", 24, 1},
};

class BookmarkList : public ListView {
 public:
  explicit BookmarkList(Session& session) : ListView(session) { look_up(); }

  [[nodiscard]] std::string title() const override { return "Bookmarks"; }
  void refresh() override {
    look_up();
    ListView::refresh();
  }

 protected:
  void collect() override { look_up(); }
  [[nodiscard]] size_t rows() const override { return all().size(); }
  [[nodiscard]] std::string_view what() const override { return "bookmarks"; }
  [[nodiscard]] std::span<const Column> columns() const override {
    return kColumns;
  }
  [[nodiscard]] CellText cell(size_t row, size_t column) const override {
    const Bookmark& one = all()[row];
    switch (static_cast<ColumnIndex>(column)) {
      case kTimeColumn: return {session_.time_text(one.time_ns), Style::kDim};
      case kNoteColumn: return {one.note, Style::kStrong};
      case kTitle: return {one.title};
    }
    return {};
  }
  [[nodiscard]] Subject subject_of(size_t row) const override {
    return subjects_[row];
  }

 private:
  [[nodiscard]] const std::vector<Bookmark>& all() const {
    return session_.bookmarks.all();
  }
  void look_up() {
    subjects_.clear();
    for (const Bookmark& one : all()) {
      subjects_.push_back(find_subject(session_.data().facts(), one.key));
    }
  }

  std::vector<Subject> subjects_;
};

}  // namespace

std::unique_ptr<View> make_bookmarks(Session& session) {
  return std::make_unique<BookmarkList>(session);
}

}  // namespace vestige::tui
