// SPDX-License-Identifier: Apache-2.0
//
// CSV (RFC 4180) with a header line; one table per file. Cells are made
// harmless for spreadsheets: see replay/facts/field_cells.h.
#include "replay/export/formats.h"
#include "replay/export/line_exporter.h"

namespace vestige {
namespace {

class Csv : public LineExporter {
 public:
  using LineExporter::LineExporter;

  Result<RowSink*> table(std::string_view name, RowKind kind,
                         const filter::FieldList& columns) override {
    if (tables() > 0)
      return Error{ErrorKind::kUsage,
                   "CSV holds one kind of rows per file: see --rows"};
    columns.append_csv_header(out().buffer());
    out().buffer() += '\n';
    return LineExporter::table(name, kind, columns);
  }

 private:
  void append(std::string& out, const EventView& row,
              const filter::FieldList& columns) override {
    columns.append_csv(out, row);
    out += '\n';
  }
};

}  // namespace

Result<std::unique_ptr<Exporter>> make_csv(const std::string& path) {
  return make_lines<Csv>(path);
}

}  // namespace vestige
