// SPDX-License-Identifier: Apache-2.0
//
// A list of fields, and rows of their values for other programs: CSV
// (RFC 4180) and JSON lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"
#include "replay/filter/operand.h"

namespace vestige::filter {

class FieldList {
 public:
  // "evt.time,proc.name,fd.name": fields or functions of fields.
  static Result<FieldList> compile(std::string_view text);

  // One line, without the break. A field without value is empty in CSV and
  // null in JSON; several values are joined by commas in CSV and an array in
  // JSON. In CSV, control characters are escaped, and text that a spreadsheet
  // would take for a formula gets a ' in front.
  void append_csv_header(std::string& out) const;
  void append_csv(std::string& out, const EventView& view) const;
  void append_json(std::string& out, const EventView& view) const;

 private:
  struct Column {
    std::string name;  // as written
    BoundOperand operand;
  };
  std::vector<Column> columns_;
};

}  // namespace vestige::filter
