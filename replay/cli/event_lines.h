// SPDX-License-Identifier: Apache-2.0
//
// Events in the user's own words: an output format, or rows of fields.
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

  void print_header() const;
  // False, and nothing printed, when the user asked for neither.
  bool print(const EventView& view) const;

 private:
  bool is_json_ = false;
  std::optional<filter::OutputFormat> format_;
  std::optional<filter::FieldList> fields_;
};

}  // namespace vestige::cli
