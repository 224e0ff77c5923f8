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

// In a cell of a table, | ends it.
std::string markdown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

// docs/fields.md.
void print_page() {
  fmt::print(
      "# Fields\n\n"
      "What filters, formats, columns and rules can ask of an event. Made by\n"
      "`vestige fields --markdown`; `vestige fields PATTERN` finds some.\n"
      "Names and types are those of sysdig and Falco where they have the "
      "field.\n");
  std::string group;
  std::string unanswered;
  for (const FieldInfo* field : all_fields()) {
    if (!field->get) {
      if (!unanswered.empty()) unanswered += ", ";
      fmt::format_to(std::back_inserter(unanswered), "`{}`", field->name);
      continue;
    }
    const std::string_view own = field->name.substr(0, field->name.find('.'));
    if (own != group) {
      group = own;
      fmt::print("\n## {}\n\n| field | type | meaning |\n|---|---|---|\n",
                 group);
    }
    fmt::print("| `{}` | {} | {} |\n", name_with_argument(*field),
               field_type_text(field->type), markdown(field->doc));
  }
  fmt::print(
      "\n## Never answered\n\nAccepted, with their type, so that filters and "
      "rules of others can be asked;\nno trace holds what they ask for, and "
      "they never match:\n{}.\n",
      unanswered);
}

}  // namespace

Result<int> run_fields(const Options& options) {
  if (options.markdown) {
    print_page();
    return 0;
  }
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
