// SPDX-License-Identifier: Apache-2.0
//
// vestige fields [PATTERN]: what filters and formats can ask for.
#include <fmt/format.h>

#include "replay/cli/command.h"
#include "replay/cli/json_line.h"
#include "replay/facts/field.h"

namespace vestige::cli {
namespace {

std::string name_with_argument(const FieldInfo& field) {
  std::string name(field.name);
  if (field.flags & kArgRequired) return name + "[ARG]";
  return field.flags & kArgAllowed ? name + "[[ARG]]" : name;
}

bool is_asked_for(const FieldInfo& field, const std::string& pattern) {
  return field.name.find(pattern) != field.name.npos ||
         field.doc.find(pattern) != field.doc.npos;
}

void print_json(const FieldInfo& field) {
  JsonLine json;
  json.text("name", field.name);
  json.text("type", field_type_text(field.type));
  json.text("title", field.title);
  json.number("width", int(field.width));
  json.text("doc", field.doc);
  json.boolean("is_answered", field.get != nullptr);
  json.boolean("is_list", field.flags & kList);
  json.boolean("takes_argument", field.flags & (kArgAllowed | kArgRequired));
  json.boolean("needs_argument", field.flags & kArgRequired);
  json.print();
}

}  // namespace

Result<int> run_fields(const Options& options) {
  Table table({{"FIELD"}, {"TYPE"}, {"MEANING"}});
  bool found = false;
  for (const FieldInfo* field : all_fields()) {
    if (!is_asked_for(*field, options.pattern)) continue;
    found = true;
    const Style style = field->get ? Style::kPlain : Style::kDim;
    if (options.json)
      print_json(*field);
    else
      table.add(
          {{name_with_argument(*field), field->get ? Style::kBold : style},
           {std::string(field_type_text(field->type)), style},
           {std::string(field->doc), style}});
  }
  if (!options.json)
    table.print(options.color, options.wide ? Fit::kWhole : Fit::kCut);
  constexpr int kNothing = 1;
  return found ? 0 : kNothing;
}

}  // namespace vestige::cli
