// SPDX-License-Identifier: Apache-2.0
//
// JSON lines: an object per row, keys are names of fields. With several
// tables in one file, "row.kind" tells them apart; with several traces,
// "trace" does.
#include "format/escape.h"
#include "replay/export/formats.h"
#include "replay/export/line_exporter.h"

namespace vestige {
namespace {

class Jsonl : public LineExporter {
 public:
  using LineExporter::LineExporter;

 private:
  void append(std::string& out, const EventView& row,
              const filter::FieldList& columns) override {
    const size_t begin = out.size();
    columns.append_json(out, row);
    std::string extra;
    if (tables() > 1) {
      extra += "\"row.kind\":";
      append_json(extra, info(row.kind).text);
      extra += ',';
    }
    if (trace().number > 1) {
      extra += "\"trace\":";
      append_json(extra, trace().file_name);
      extra += ',';
    }
    if (!extra.empty()) out.insert(begin + 1, extra);
    out += '\n';
  }
};

}  // namespace

Result<std::unique_ptr<Exporter>> make_jsonl(const std::string& path) {
  return make_lines<Jsonl>(path);
}

}  // namespace vestige
