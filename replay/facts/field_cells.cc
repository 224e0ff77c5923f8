// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/field_cells.h"

#include <fmt/format.h>

#include <algorithm>

#include "format/escape.h"

namespace vestige {
namespace {

// What a spreadsheet takes for the beginning of a formula.
bool looks_like_formula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@").find(text[0]) != text.npos;
}

void append_number(std::string& out, const FieldValue& value, FieldType type) {
  const bool is_signed = type == FieldType::kSigned ||
                         type == FieldType::kRelTime ||
                         type == FieldType::kAbsTime;
  const fmt::format_int text = is_signed
                                   ? fmt::format_int(value.number)
                                   : fmt::format_int(uint64_t(value.number));
  out.append(text.data(), text.size());
}

void append_json_value(std::string& out, FieldType type,
                       const FieldValue& value) {
  switch (type) {
    case FieldType::kText:
    case FieldType::kBytes: return append_json(out, value.text);
    case FieldType::kBool: out += value.number ? "true" : "false"; return;
    case FieldType::kReal: out += fmt::format("{}", value.real); return;
    case FieldType::kSigned:
    case FieldType::kUnsigned:
    case FieldType::kPort:
    case FieldType::kRelTime:
    case FieldType::kAbsTime: return append_number(out, value, type);
    case FieldType::kAddress:
    case FieldType::kNetwork: return append_json(out, field_text(type, value));
  }
}

bool is_utf8(std::string_view bytes) {
  unsigned char all = 0;
  for (const char c : bytes) all |= static_cast<unsigned char>(c);
  return all < 0x80 || to_utf8(bytes) == bytes;
}

bool is_text(FieldType type) {
  return type == FieldType::kText || type == FieldType::kBytes;
}

}  // namespace

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    uint32_t group = 0;
    const size_t count = std::min<size_t>(3, bytes.size() - at);
    for (size_t i = 0; i < 3; ++i)
      group = group << 8 |
              (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (size_t i = 0; i < 4; ++i)
      out.push_back(i <= count ? kDigits[group >> (18 - 6 * i) & 63] : '=');
  }
  return out;
}

std::string exact_bytes(std::string_view bytes) {
  return is_utf8(bytes) ? std::string{} : base64(bytes);
}

void append_json_cell(std::string& out, FieldType type, bool is_list,
                      const FieldValues& values) {
  const auto all = values.all();
  if (all.empty()) {
    out += "null";
    return;
  }
  if (all.size() == 1 && !is_list) return append_json_value(out, type, all[0]);
  out += '[';
  for (const FieldValue& value : all) {
    if (&value != &all.front()) out += ',';
    append_json_value(out, type, value);
  }
  out += ']';
}

std::string exact_cell(FieldType type, const FieldValues& values) {
  if (!is_text(type) || values.all().size() != 1) return {};
  return exact_bytes(values.all()[0].text);
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

void append_text_cell(std::string& out, FieldType type,
                      const FieldValues& values) {
  const auto all = values.all();
  for (const FieldValue& value : all) {
    if (&value != &all.front()) out += ',';
    if (is_text(type))
      append_escaped(out, value.text);
    else if (is_number(type) && type != FieldType::kReal)
      append_number(out, value, type);
    else
      out += field_text(type, value);
  }
}

void append_csv_cell(std::string& out, FieldType type,
                     const FieldValues& values) {
  if (values.empty()) return;
  if (!is_text(type)) {
    const size_t begin = out.size();
    append_text_cell(out, type, values);
    if (values.all().size() == 1) return;
    const std::string cell = out.substr(begin);
    out.resize(begin);
    return append_csv_text(out, cell);
  }
  std::string cell;
  append_text_cell(cell, type, values);
  if (looks_like_formula(cell)) cell.insert(cell.begin(), '\'');
  append_csv_text(out, cell);
}

}  // namespace vestige
