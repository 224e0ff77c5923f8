// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/field_list.h"

#include <set>

#include "format/escape.h"
#include "replay/filter/parser.h"

namespace vestige::filter {
namespace {

bool looks_like_formula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@").find(text[0]) != text.npos;
}

void append_csv_text(std::string& out, std::string_view text) {
  const bool needs_quotes = text.find_first_of("\",") != text.npos;
  if (!needs_quotes) return void(out.append(text));
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

bool is_json_number(FieldType type) {
  return is_number(type) || type == FieldType::kBool;
}

void append_json_value(std::string& out, FieldType type,
                       const FieldValue& value) {
  const std::string text = field_text(type, value);
  if (is_json_number(type))
    out += text;
  else
    vestige::append_json(out, text);
}

}  // namespace

Result<FieldList> FieldList::compile(std::string_view text) {
  FieldList list;
  std::set<std::string> unanswerable;
  uint32_t at = 0;
  while (true) {
    while (at < text.size() && text[at] == ' ') ++at;
    const ParsedOperand parsed = TRY(parse_operand(text, at));
    BoundOperand operand =
        TRY(BoundOperand::bind(text, parsed.operand, unanswerable));
    list.columns_.push_back(
        {std::string(text.substr(at, parsed.end - at)), std::move(operand)});
    at = parsed.end;
    if (at == text.size()) return list;
    if (text[at] != ',')
      return error_at(text, {at, at + 1}, "expected ',' or the end");
    ++at;
  }
}

void FieldList::append_csv_header(std::string& out) const {
  for (const Column& column : columns_) {
    if (&column != &columns_.front()) out += ',';
    append_csv_text(out, column.name);
  }
}

void FieldList::append_csv(std::string& out, const EventView& view) const {
  FieldValues values;
  for (const Column& column : columns_) {
    if (&column != &columns_.front()) out += ',';
    values.clear();
    column.operand.extract(view, values);
    std::string cell;
    for (const FieldValue& value : values.all()) {
      if (!cell.empty()) cell += ',';
      append_escaped(cell, field_text(column.operand.type(), value));
    }
    if (!is_number(column.operand.type()) && looks_like_formula(cell))
      cell.insert(cell.begin(), '\'');
    append_csv_text(out, cell);
  }
}

void FieldList::append_json(std::string& out, const EventView& view) const {
  FieldValues values;
  out += '{';
  for (const Column& column : columns_) {
    if (&column != &columns_.front()) out += ',';
    vestige::append_json(out, column.name);
    out += ':';
    values.clear();
    column.operand.extract(view, values);
    const FieldType type = column.operand.type();
    if (values.empty()) {
      out += "null";
    } else if (values.all().size() == 1 && !column.operand.is_list()) {
      append_json_value(out, type, values.all()[0]);
    } else {
      out += '[';
      for (const FieldValue& value : values.all()) {
        if (&value != &values.all().front()) out += ',';
        append_json_value(out, type, value);
      }
      out += ']';
    }
  }
  out += '}';
}

}  // namespace vestige::filter
