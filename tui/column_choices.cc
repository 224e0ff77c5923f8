// SPDX-License-Identifier: Apache-2.0
#include "tui/column_choices.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tui/saved_file.h"

namespace vestige::tui {

Result<ColumnChoices> ColumnChoices::load(const std::string& path) {
  ColumnChoices choices;
  choices.path_ = path;
  std::ifstream file(path);
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line.starts_with('#')) continue;
    std::istringstream words(line);
    std::string list, column;
    std::vector<std::string> columns;
    words >> list;
    while (words >> column) columns.push_back(column);
    if (columns.empty()) {
      return Error{
          ErrorKind::kUsage,
          fmt::format("{}: line {}: expected LIST COLUMN...", path, number)};
    }
    choices.lists_[list] = std::move(columns);
  }
  return choices;
}

const std::vector<std::string>* ColumnChoices::of(std::string_view list) const {
  const auto found = lists_.find(list);
  return found == lists_.end() ? nullptr : &found->second;
}

void ColumnChoices::set(std::string_view list,
                        std::vector<std::string> columns) {
  lists_[std::string(list)] = std::move(columns);
}

void ColumnChoices::forget(std::string_view list) {
  lists_.erase(std::string(list));
}

Result<void> ColumnChoices::save() const {
  if (path_.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(
      std::filesystem::path(path_).parent_path(), error);
  std::string text;
  for (const auto& [list, columns] : lists_) {
    text += fmt::format("{} {}\n", list, fmt::join(columns, " "));
  }
  return save_file(path_, text);
}

}  // namespace vestige::tui
