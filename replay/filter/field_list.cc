// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/field_list.h"

#include <set>

#include "format/escape.h"
#include "replay/facts/field_cells.h"
#include "replay/filter/parser.h"

namespace vestige::filter {
Result<FieldList> FieldList::compile(std::string_view text) {
  FieldList list;
  std::set<std::string> unanswerable;
  uint32_t at = 0;
  while (true) {
    while (at < text.size() && text[at] == ' ') ++at;
    const ParsedOperand parsed = TRY(parse_operand(text, at));
    BoundOperand operand =
        TRY(BoundOperand::bind(text, parsed.operand, unanswerable));
    const std::string name(text.substr(at, parsed.end - at));
    std::string key;
    vestige::append_json(key, name);
    list.columns_.push_back({name, key + ':', std::move(operand)});
    at = parsed.end;
    if (at == text.size()) return list;
    if (text[at] != ',')
      return error_at(text, {at, at + 1}, "expected ',' or the end");
    ++at;
  }
}

Needs FieldList::needs() const {
  Needs needs;
  for (const Column& column : columns_) needs.add(column.operand.needs());
  return needs;
}

void FieldList::append_csv_header(std::string& out) const {
  for (const Column& column : columns_) {
    if (&column != &columns_.front()) out += ',';
    append_csv_text(out, column.name);
  }
}

void FieldList::append_csv(std::string& out, const EventView& view) const {
  for (const Column& column : columns_) {
    if (&column != &columns_.front()) out += ',';
    values_.clear();
    column.operand.extract(view, values_);
    append_csv_cell(out, column.operand.type(), values_);
  }
}

void FieldList::append_json(std::string& out, const EventView& view) const {
  out += '{';
  for (const Column& column : columns_) {
    if (&column != &columns_.front()) out += ',';
    out += column.key;
    values_.clear();
    column.operand.extract(view, values_);
    const FieldType type = column.operand.type();
    append_json_cell(out, type, column.operand.is_list(), values_);
    const std::string exact = exact_cell(type, values_);
    if (exact.empty()) continue;
    out += ',';
    vestige::append_json(out, column.name + "_b64");
    out += ":\"" + exact + '"';
  }
  out += '}';
}

}  // namespace vestige::filter
