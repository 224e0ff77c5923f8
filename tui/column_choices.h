// SPDX-License-Identifier: Apache-2.0
//
// Which columns the investigator chose for which list, in which order; kept
// from one session to the next. One list a line: its name, then titles of its
// own columns and names of fields.
//
//   processes PID UID proc.vpid COMMAND
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"

namespace vestige::tui {

class ColumnChoices {
 public:
  // Not saved anywhere.
  ColumnChoices() = default;
  // No file: nothing was chosen yet. kUsage: a line is none of those above.
  static Result<ColumnChoices> load(const std::string& path);

  // nullptr: the list shows what it shows by itself.
  [[nodiscard]] const std::vector<std::string>* of(std::string_view list) const;
  void set(std::string_view list, std::vector<std::string> columns);
  void forget(std::string_view list);
  Result<void> save() const;

 private:
  std::string path_;
  std::map<std::string, std::vector<std::string>, std::less<>> lists_;
};

}  // namespace vestige::tui
