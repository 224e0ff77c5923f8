// SPDX-License-Identifier: Apache-2.0
//
// Marked lines with notes, kept beside the trace in FILE.notes.jsonl: one JSON
// object per line with "key", "time_ns", "title", "note". The file is written
// anew with every change, through a temporary file; a file that cannot be
// understood is never overwritten.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"

namespace vestige::tui {

struct Bookmark {
  std::string key;  // see subject_key()
  uint64_t time_ns = 0;
  std::string title;  // the line as it read
  std::string note;
};

class Bookmarks {
 public:
  // A missing file is no error.
  static Result<Bookmarks> load(const std::string& trace_path);

  [[nodiscard]] const std::vector<Bookmark>& all() const { return all_; }
  // nullptr when there is none; valid until the next change.
  [[nodiscard]] const Bookmark* find(std::string_view key) const;
  // Ordered by time. Without a note the old one stays.
  void set(Bookmark bookmark);
  void remove(std::string_view key);
  [[nodiscard]] Result<void> save() const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;  // empty: nowhere to save
  std::vector<Bookmark> all_;
};

}  // namespace vestige::tui
