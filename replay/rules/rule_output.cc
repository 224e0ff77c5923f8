// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/rule_output.h"

#include <algorithm>
#include <charconv>

#include "format/escape.h"
#include "replay/facts/field_cells.h"

namespace vestige {
namespace {

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '.';
}

// How long the field name at the beginning of the text is, argument included.
size_t name_size(std::string_view text) {
  size_t size = 0;
  while (size < text.size() && is_name_char(text[size])) ++size;
  while (size > 0 && text[size - 1] == '.') --size;  // ends a sentence
  if (size < text.size() && text[size] == '[') {
    const size_t end = text.find(']', size);
    if (end != std::string_view::npos) size = end + 1;
  }
  return size;
}

}  // namespace

Result<BoundField> BoundField::bind(std::string_view name) {
  const Error unknown{ErrorKind::kUsage,
                      "invalid formatting token " + escaped(name)};
  const size_t bracket = name.find('[');
  const auto found = find_field(name.substr(0, bracket));
  if (!found) return unknown;
  BoundField bound{std::string(name), found->info, {found->argument, {}}};
  std::string& text = bound.argument.text;
  if (bracket != std::string_view::npos)
    text = name.substr(bracket + 1, name.size() - bracket - 2);
  const uint8_t takes = kArgAllowed | kArgRequired;
  if (!text.empty() && !(found->info->flags & takes)) return unknown;
  if (text.empty() && found->info->flags & kArgRequired) return unknown;
  int64_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && !text.empty())
    bound.argument.index = number;
  return bound;
}

FieldText field_of(const EventView& view, const BoundField& field) {
  FieldText out{field.name, false, "<NA>", "null"};
  FieldValues values;
  if (field.info->get) field.info->get(view, field.argument, values);
  if (values.empty()) return out;
  const FieldType type = field.info->type;
  const bool is_list = field.info->flags & kList && field.argument.text.empty();
  out.has_value = true;
  out.json.clear();
  append_json_cell(out.json, type, is_list, values);
  out.text = field_text(type, values.all()[0]);
  if (!is_list) return out;
  for (const FieldValue& value : values.all().subspan(1))
    out.text += ',' + field_text(type, value);
  out.text = '(' + out.text + ')';
  return out;
}

Result<RuleOutput> RuleOutput::parse(std::string_view text) {
  RuleOutput format;
  if (text.starts_with('*')) text.remove_prefix(1);
  Piece piece;
  while (!text.empty()) {
    const size_t percent = text.find('%');
    piece.text += text.substr(0, percent);
    if (percent == std::string_view::npos) break;
    text.remove_prefix(percent + 1);
    if (text.starts_with('%')) {
      piece.text += '%';
      text.remove_prefix(1);
      continue;
    }
    const size_t size = name_size(text);
    BoundField field = TRY(BoundField::bind(text.substr(0, size)));
    const auto same =
        std::find_if(format.fields_.begin(), format.fields_.end(),
                     [&](const BoundField& f) { return f.name == field.name; });
    piece.field = int(same - format.fields_.begin());
    if (same == format.fields_.end())
      format.fields_.push_back(std::move(field));
    format.pieces_.push_back(std::exchange(piece, {}));
    text.remove_prefix(size);
  }
  format.pieces_.push_back(std::move(piece));
  return format;
}

RuleOutput::Rendered RuleOutput::render(const EventView& view) const {
  Rendered out;
  for (const BoundField& field : fields_)
    out.fields.push_back(field_of(view, field));
  for (const Piece& piece : pieces_) {
    out.text += piece.text;
    if (piece.field >= 0) out.text += out.fields[size_t(piece.field)].text;
  }
  return out;
}

}  // namespace vestige
