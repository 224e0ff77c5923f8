// SPDX-License-Identifier: Apache-2.0
//
// Timesketch JSONL, by the rules of its "Import CSV or JSONL" page: every
// line has message, datetime (ISO 8601 with offset) and timestamp_desc;
// timestamp is microseconds since 1970; all other keys become attributes.
#include <fmt/format.h>

#include "format/escape.h"
#include "replay/export/formats.h"
#include "replay/export/line_exporter.h"
#include "replay/export/row_text.h"
#include "replay/facts/field_cells.h"
#include "replay/facts/time_text.h"

namespace vestige {
namespace {

void add(std::string& out, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  out += ",\"";
  out += key;
  out += "\":";
  append_json(out, value);
}

class Timesketch : public LineExporter {
 public:
  using LineExporter::LineExporter;

 private:
  void append(std::string& out, const EventView& row,
              const filter::FieldList& columns) override {
    out += "{\"message\":";
    append_json(out, row_sentence(row));
    std::string datetime = iso8601(row.unix_ns());
    datetime.replace(datetime.size() - 1, 1, "+00:00");
    add(out, "datetime", datetime);
    out += fmt::format(",\"timestamp\":{}", row.unix_ns() / 1000);
    add(out, "timestamp_desc", row_moment(row));
    add(out, "data_type", fmt::format("vestige:{}", info(row.kind).text));
    add(out, "hostname", row.header->host_name);
    add(out, "container_id", row.header->container.id);
    add(out, "container_name", row.header->container.name);
    add(out, "trace", trace().file_name);
    for (const auto& column : columns.columns())
      append_column(out, row, column);
    out += "}\n";
  }

  // Attributes are scalars: several values become one text.
  void append_column(std::string& out, const EventView& row,
                     const filter::FieldList::Column& column) {
    values_.clear();
    column.operand.extract(row, values_);
    if (values_.empty()) return;
    out += ',';
    append_json(out, column.name);
    out += ':';
    if (values_.all().size() == 1)
      return append_json_cell(out, column.operand.type(), false, values_);
    text_.clear();
    append_text_cell(text_, column.operand.type(), values_);
    append_json(out, text_);
  }

  FieldValues values_;
  std::string text_;
};

}  // namespace

Result<std::unique_ptr<Exporter>> make_timesketch(const std::string& path) {
  return make_lines<Timesketch>(path);
}

}  // namespace vestige
