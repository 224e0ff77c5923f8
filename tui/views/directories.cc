// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <unordered_map>

#include "tui/file_ops.h"
#include "tui/tree_list_view.h"
#include "tui/views/views.h"

namespace vestige::tui {
namespace {

enum ColumnIndex : size_t {
  kCount,
  kBytesRead,
  kBytesWritten,
  kOps,
  kName,
};
constexpr Column kColumns[] = {
    {"FILES", 7, 0, Align::kRight},
    {"READ", 6, 0, Align::kRight},
    {"WRITTEN", 7, 0, Align::kRight},
    {"DONE", kOpLettersColumns},
    {"NAME", 20, 1},
};
// Deeper paths are one leaf from here on: a path may be a megabyte of slashes.
constexpr int kMaxDepth = 200;
// A directory with more files than this starts folded.
constexpr uint32_t kFoldFrom = 40;

struct Node {
  uint32_t parent;
  std::string_view name;
  const FileSummary* file = nullptr;  // when something was done to it itself
  std::string_view path;
  uint32_t files = 0;  // it and below
  uint64_t bytes_read = 0, bytes_written = 0;
};

class Directories : public TreeListView {
 public:
  explicit Directories(Session& session) : TreeListView(session) { build(); }

  [[nodiscard]] std::string title() const override { return "Directories"; }

  [[nodiscard]] std::vector<ShownRows> shown_rows() const override {
    std::unordered_set<std::string_view> paths;
    for (const uint32_t row : shown()) paths.insert(nodes_[row].path);
    return {rows_of_paths(session_, paths, ProcessId::kNone)};
  }

 protected:
  void collect() override;
  [[nodiscard]] size_t rows() const override { return nodes_.size(); }
  [[nodiscard]] std::string_view what() const override { return "names"; }
  [[nodiscard]] std::span<const Column> columns() const override {
    return kColumns;
  }
  [[nodiscard]] CellText cell(size_t row, size_t column) const override;
  [[nodiscard]] SortKey sort_key(size_t row, size_t column) const override;
  [[nodiscard]] Subject subject_of(size_t row) const override {
    return FilePath{nodes_[row].path};
  }
  [[nodiscard]] uint32_t parent_of(uint32_t row) const override {
    return nodes_[row].parent;
  }
  [[nodiscard]] bool is_wanted(size_t row) const override {
    const FileSummary* file = nodes_[row].file;
    return file && session_.is_shown(file->first_ns, file->last_ns);
  }

 private:
  using Children = std::unordered_map<std::string_view, uint32_t>;

  void build();
  void add(const FileSummary& file);
  uint32_t child(uint32_t parent, std::string_view name, std::string_view path);
  void fold_large();

  std::vector<Node> nodes_;
  std::unordered_map<std::string_view, uint32_t> by_path_;
};

void Directories::build() {
  std::vector<const FileSummary*> files;
  for (const FileSummary& file : session_.insights().files()) {
    files.push_back(&file);
  }
  std::ranges::sort(files, {}, [](const FileSummary* f) { return f->path; });
  for (const FileSummary* file : files) add(*file);
  by_path_.clear();
  fold_large();
}

// What the investigator has folded or unfolded stays so.
void Directories::collect() {
  std::unordered_map<std::string_view, bool> known;
  for (uint32_t row = 0; row < nodes_.size(); ++row) {
    if (is_folded(row) || nodes_[row].files > kFoldFrom) {
      known[nodes_[row].path] = is_folded(row);
    }
  }
  nodes_.clear();
  unfold_all();
  TreeListView::collect();
  build();
  for (uint32_t row = 0; row < nodes_.size(); ++row) {
    const auto found = known.find(nodes_[row].path);
    if (found != known.end()) fold(row, found->second);
  }
}

uint32_t Directories::child(uint32_t parent, std::string_view name,
                            std::string_view path) {
  const auto [place, is_new] =
      by_path_.try_emplace(path, static_cast<uint32_t>(nodes_.size()));
  if (is_new) nodes_.push_back({.parent = parent, .name = name, .path = path});
  return place->second;
}

// What has no absolute path (pipes, memory files) becomes a root of its own.
void Directories::add(const FileSummary& file) {
  const std::string_view path = file.path;
  uint32_t node = kNoParent;
  if (!path.starts_with('/')) {
    node = child(kNoParent, path, path);
  } else {
    node = child(kNoParent, "/", path.substr(0, 1));
    size_t start = 1;
    for (int depth = 0; start < path.size(); ++depth) {
      size_t end = std::min(path.find('/', start), path.size());
      if (depth >= kMaxDepth) end = path.size();
      if (end > start) {
        node =
            child(node, path.substr(start, end - start), path.substr(0, end));
      }
      start = end + 1;
    }
  }
  nodes_[node].file = &file;
  for (uint32_t up = node; up != kNoParent; up = nodes_[up].parent) {
    ++nodes_[up].files;
    nodes_[up].bytes_read += file.bytes_read;
    nodes_[up].bytes_written += file.bytes_written;
  }
}

void Directories::fold_large() {
  for (uint32_t row = 0; row < nodes_.size(); ++row) {
    if (nodes_[row].files > kFoldFrom && nodes_[row].parent != kNoParent) {
      fold(row, true);
    }
  }
}

CellText Directories::cell(size_t row, size_t column) const {
  const Node& node = nodes_[row];
  const auto amount = [](uint64_t bytes) {
    return CellText{bytes ? bytes_text(bytes) : ""};
  };
  switch (static_cast<ColumnIndex>(column)) {
    case kCount:
      return {child_count(row) ? count_text(node.files) : "", Style::kDim};
    case kBytesRead: return amount(node.bytes_read);
    case kBytesWritten: return amount(node.bytes_written);
    case kOps: return {node.file ? op_letters(*node.file) : "", Style::kDim};
    case kName: {
      const bool is_directory = child_count(row) > 0;
      std::string name(is_tree() ? node.name : node.path);
      if (is_directory && !name.ends_with('/')) name += '/';
      const Style style = node.file && !is_directory ? file_style(*node.file)
                          : is_directory             ? Style::kStrong
                                                     : Style::kPlain;
      return {std::move(name), style};
    }
  }
  return {};
}

SortKey Directories::sort_key(size_t row, size_t column) const {
  const Node& node = nodes_[row];
  switch (static_cast<ColumnIndex>(column)) {
    case kCount: return static_cast<int64_t>(node.files);
    case kBytesRead: return static_cast<int64_t>(node.bytes_read);
    case kBytesWritten: return static_cast<int64_t>(node.bytes_written);
    case kOps:
    case kName: break;
  }
  return ListView::sort_key(row, column);
}

}  // namespace

std::unique_ptr<View> make_directories(Session& session) {
  return std::make_unique<Directories>(session);
}

}  // namespace vestige::tui
