// SPDX-License-Identifier: Apache-2.0
#include "tui/bookmarks.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tui/saved_file.h"

namespace vestige::tui {
namespace {

using nlohmann::json;

std::string to_line(const Bookmark& bookmark) {
  const json object = {{"key", bookmark.key},
                       {"time_ns", bookmark.time_ns},
                       {"title", bookmark.title},
                       {"note", bookmark.note}};
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

bool from_line(const std::string& line, Bookmark& bookmark) {
  const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return false;
  const auto text = [&](const char* name, std::string& out) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return false;
    out = found->get<std::string>();
    return true;
  };
  const auto time = object.find("time_ns");
  if (time == object.end() || !time->is_number_unsigned()) return false;
  bookmark.time_ns = time->get<uint64_t>();
  return text("key", bookmark.key) && text("title", bookmark.title) &&
         text("note", bookmark.note);
}

}  // namespace

Result<Bookmarks> Bookmarks::load(const std::string& trace_path) {
  Bookmarks bookmarks;
  const std::string path = trace_path + ".notes.jsonl";
  std::ifstream file(path);
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    Bookmark bookmark;
    if (!from_line(line, bookmark)) {
      return Error{ErrorKind::kBadInput,
                   fmt::format("{}: line {} is no bookmark; notes are neither "
                               "shown nor saved until it is mended or moved",
                               path, number)};
    }
    bookmarks.set(std::move(bookmark));
  }
  bookmarks.path_ = path;
  return bookmarks;
}

const Bookmark* Bookmarks::find(std::string_view key) const {
  const auto found = std::ranges::find(all_, key, &Bookmark::key);
  return found == all_.end() ? nullptr : &*found;
}

void Bookmarks::set(Bookmark bookmark) {
  if (const Bookmark* old = find(bookmark.key)) {
    if (bookmark.note.empty()) bookmark.note = old->note;
  }
  remove(bookmark.key);
  const auto place =
      std::ranges::upper_bound(all_, bookmark.time_ns, {}, &Bookmark::time_ns);
  all_.insert(place, std::move(bookmark));
}

void Bookmarks::remove(std::string_view key) {
  std::erase_if(all_, [&](const Bookmark& one) { return one.key == key; });
}

Result<void> Bookmarks::save() const {
  if (path_.empty()) {
    return Error{ErrorKind::kSystem, "notes are not saved: see the start"};
  }
  std::string text;
  for (const Bookmark& bookmark : all_) text += to_line(bookmark);
  return save_file(path_, text);
}

}  // namespace vestige::tui
