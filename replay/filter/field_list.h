// SPDX-License-Identifier: Apache-2.0
//
// A list of fields, and rows of their values for other programs: CSV
// (RFC 4180) and JSON lines.
//
// Not thread-safe: one per thread.
#pragma once

#include <span>
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

  struct Column {
    std::string name;  // as written
    std::string key;   // the same as JSON, with a colon
    BoundOperand operand;
  };
  [[nodiscard]] std::span<const Column> columns() const { return columns_; }

  // One line, without the break, of cells as replay/facts/field_cells.h makes
  // them. In JSON, the exact bytes of a text that is not UTF-8 follow it under
  // NAME_b64.
  void append_csv_header(std::string& out) const;
  // What must be known before the following.
  [[nodiscard]] Needs needs() const;
  void append_csv(std::string& out, const EventView& view) const;
  void append_json(std::string& out, const EventView& view) const;

 private:
  std::vector<Column> columns_;
  mutable FieldValues values_;  // of one cell; kept for its memory
};

}  // namespace vestige::filter
