// SPDX-License-Identifier: Apache-2.0
//
// Events as lines: in the user's own words (a format, columns of fields), as
// JSON with all there is, or as strace would write them.
#pragma once

#include <optional>
#include <string>

#include "replay/cli/command.h"
#include "replay/event_view.h"
#include "replay/filter/field_list.h"
#include "replay/filter/output_format.h"

namespace vestige::cli {

class EventLines {
 public:
  // kUsage when format or fields are wrong, or both are given.
  static Result<EventLines> make(const Options& options);

  // Names of columns, or nothing.
  void append_header(std::string& out) const;
  // With a line break, or nothing. `source` stands in front of lines of the
  // last two kinds when it is not empty: which trace it is.
  void append(std::string& out, const EventView& view,
              std::string_view source) const;
  // What must be known before append().
  [[nodiscard]] Needs needs() const;

 private:
  [[nodiscard]] Needs line_needs() const;

  bool is_json_ = false;
  std::optional<filter::OutputFormat> format_;
  std::optional<filter::FieldList> fields_;
  std::optional<filter::OutputFormat> data_;  // behind the line
};

}  // namespace vestige::cli
