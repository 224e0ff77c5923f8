// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/rule_output.h"

#include <algorithm>
#include <set>

#include "format/escape.h"
#include "replay/facts/field_cells.h"
#include "replay/filter/parser.h"

namespace vestige {
namespace {

Error invalid_token(std::string_view name) {
  return {ErrorKind::kUsage, "invalid formatting token " + escaped(name)};
}

// The first token of a text that is no field.
std::string_view first_invalid(std::string_view text) {
  for (size_t at = text.find('%'); at != text.npos; at = text.find('%', at)) {
    if (text.substr(++at).starts_with('%')) {
      ++at;
      continue;
    }
    const std::string_view rest = text.substr(at);
    const auto end = std::ranges::find_if(rest, [](char c) {
      return !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
             !(c >= '0' && c <= '9') && c != '_' && c != '.';
    });
    std::string_view name = rest.substr(0, size_t(end - rest.begin()));
    while (name.ends_with('.')) name.remove_suffix(1);  // ends a sentence
    const size_t close = rest.find(']');
    if (rest.substr(name.size()).starts_with('[') && close != rest.npos)
      name = rest.substr(0, close + 1);
    const std::string one = "%" + std::string(name);
    if (!filter::OutputFormat::compile(one)) return name;
  }
  return {};
}

FieldText text_of(const EventView& view, const std::string& name,
                  const filter::BoundOperand& operand) {
  FieldText out{name, false, "<NA>", "null"};
  FieldValues values;
  operand.extract(view, values);
  if (values.empty()) return out;
  const FieldType type = operand.type();
  const bool is_list = operand.is_list() && operand.argument().text.empty();
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

}  // namespace

Result<BoundField> BoundField::bind(std::string_view name) {
  const auto parsed = filter::parse_operand(name, 0);
  if (!parsed || parsed->end != name.size()) return invalid_token(name);
  std::set<std::string> unanswerable;
  auto bound = filter::BoundOperand::bind(name, parsed->operand, unanswerable);
  if (!bound) return invalid_token(name);
  return BoundField{std::string(name), *std::move(bound)};
}

FieldText field_of(const EventView& view, const BoundField& field) {
  return text_of(view, field.name, field.operand);
}

Result<RuleOutput> RuleOutput::parse(std::string_view text) {
  auto format = filter::OutputFormat::compile(text);
  if (!format) return invalid_token(first_invalid(text));
  return RuleOutput(*std::move(format));
}

RuleOutput::Rendered RuleOutput::render(const EventView& view) const {
  Rendered out;
  for (const auto& [text, operand, width] : format_.pieces()) {
    if (!operand) {
      out.text += text;
      continue;
    }
    auto same = std::ranges::find(out.fields, text, &FieldText::name);
    if (same == out.fields.end())
      same = out.fields.insert(same, text_of(view, text, *operand));
    out.text += filter::OutputFormat::fitted(same->text, width);
  }
  return out;
}

}  // namespace vestige
