// SPDX-License-Identifier: Apache-2.0
#include "replay/evidence/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "format/escape.h"
#include "replay/export/sqlite_schema.h"
#include "replay/filter/field_list.h"
#include "replay/rules/yaml_tree.h"

namespace vestige {
namespace {

constexpr YamlLimits kLimits{.bytes = 1u << 20, .nodes = 1u << 16};
constexpr size_t kMaxName = 64;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxName &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

// Files of the bundle itself.
bool is_taken(std::string_view name) {
  return name == "case" || name == "custody" || name == "losses" ||
         name == "evidence" || name == "script" || name == "notes";
}

class Reader {
 public:
  Reader(std::string_view file, const ListValues& values)
      : file_(file), values_(values) {}

  Result<EvidenceScript> read(const YamlNode& root);
  Error error(TextMark mark, std::string_view what) const {
    return {ErrorKind::kBadInput,
            fmt::format("{}:{}:{}: {}", escaped(file_), mark.line + 1,
                        mark.column + 1, what)};
  }

 private:
  using Keys = std::initializer_list<std::string_view>;
  Result<void> check_map(const YamlNode& node, std::string_view what,
                         Keys keys) const;
  Result<std::string> text_of(const YamlNode& node,
                              std::string_view what) const;
  Result<std::vector<std::string>> texts_of(const YamlNode& node,
                                            std::string_view what) const;
  Result<void> read_lists(const YamlNode& node);
  Result<void> read_macros(const YamlNode& node);
  Result<ScriptOutput> read_output(const YamlNode& node);
  Result<void> read_formats(const YamlNode& node, ScriptOutput& output) const;
  Result<void> check_rows(const YamlNode& node, ScriptOutput& output) const;

  std::string_view file_;
  const ListValues& values_;
  EvidenceScript script_;
  std::set<std::string> names_;
};

Result<void> Reader::check_map(const YamlNode& node, std::string_view what,
                               Keys keys) const {
  if (node.kind != YamlKind::kMap)
    return error(node.mark, fmt::format("{} must be a map", what));
  std::set<std::string_view> seen;
  for (size_t i = 0; i + 1 < node.items.size(); i += 2) {
    const YamlNode& key = *node.items[i];
    if (std::ranges::find(keys, key.scalar) == keys.end())
      return error(key.mark,
                   fmt::format("{} has no key '{}': there are {}", what,
                               escaped(key.scalar),
                               fmt::join(keys.begin(), keys.end(), ", ")));
    if (!seen.insert(key.scalar).second)
      return error(key.mark, fmt::format("'{}' stands here twice", key.scalar));
  }
  return {};
}

Result<std::string> Reader::text_of(const YamlNode& node,
                                    std::string_view what) const {
  if (node.kind == YamlKind::kScalar) return node.scalar;
  return error(node.mark, fmt::format("{} must be a text", what));
}

Result<std::vector<std::string>> Reader::texts_of(const YamlNode& node,
                                                  std::string_view what) const {
  std::vector<std::string> out;
  if (node.kind != YamlKind::kSequence)
    return error(node.mark, fmt::format("{} must be a list", what));
  for (const YamlNode* item : node.items)
    out.push_back(TRY(text_of(*item, what)));
  return out;
}

Result<void> Reader::read_lists(const YamlNode& node) {
  if (node.kind != YamlKind::kMap)
    return error(node.mark, "lists must be a map of names to lists");
  for (size_t i = 0; i + 1 < node.items.size(); i += 2) {
    const std::string name = TRY(text_of(*node.items[i], "a list's name"));
    auto items = TRY(texts_of(*node.items[i + 1], "list " + escaped(name)));
    const auto given = values_.find(name);
    script_.definitions.lists[name] =
        given == values_.end() ? std::move(items) : given->second;
  }
  return {};
}

Result<void> Reader::read_macros(const YamlNode& node) {
  if (node.kind != YamlKind::kMap)
    return error(node.mark, "macros must be a map of names to filters");
  for (size_t i = 0; i + 1 < node.items.size(); i += 2) {
    const std::string name = TRY(text_of(*node.items[i], "a macro's name"));
    script_.definitions.macros[name] =
        TRY(text_of(*node.items[i + 1], "macro " + escaped(name)));
  }
  return {};
}

Result<void> Reader::read_formats(const YamlNode& node,
                                  ScriptOutput& output) const {
  for (const std::string& name : TRY(texts_of(node, "formats"))) {
    const Format* const format = find_format(name);
    if (!format)
      return error(node.mark, fmt::format("no format '{}'", escaped(name)));
    if (output.rows ? !format->holds(*output.rows) : format->make != nullptr)
      return error(
          node.mark,
          output.rows
              ? fmt::format("{} holds no {}", name, info(*output.rows).text)
              : fmt::format("{} is made of rows: say which", name));
    if (format->name == "sqlite" && is_database_name(output.name))
      return error(node.mark,
                   fmt::format("every database has a table or view '{}': give "
                               "the output another name",
                               output.name));
    output.formats.push_back(format);
  }
  if (output.formats.empty())
    return error(node.mark, "an output has at least one format");
  return {};
}

Result<void> Reader::check_rows(const YamlNode& node,
                                ScriptOutput& output) const {
  if (const YamlNode* columns = node.find("columns")) {
    if (!output.rows)
      return error(columns->mark, "columns are of rows: say which");
    for (const std::string& name : TRY(texts_of(*columns, "columns"))) {
      if (!output.columns.empty()) output.columns += ',';
      output.columns += name;
    }
  } else if (output.rows) {
    output.columns = info(*output.rows).columns;
  }
  if (const YamlNode* where = node.find("where")) {
    output.where = TRY(text_of(*where, "where"));
    auto filter = filter::Filter::compile(output.where, script_.definitions);
    if (!filter) return error(where->mark, filter.error().message);
  }
  if (!output.rows) return {};
  auto list = filter::FieldList::compile(output.columns);
  if (!list) return error(node.find("columns")->mark, list.error().message);
  return {};
}

Result<ScriptOutput> Reader::read_output(const YamlNode& node) {
  TRY(check_map(node, "an output",
                {"name", "title", "rows", "where", "columns", "formats"}));
  ScriptOutput output;
  const YamlNode* const name = node.find("name");
  if (!name) return error(node.mark, "an output needs a name");
  output.name = TRY(text_of(*name, "name"));
  if (!is_name(output.name) || is_taken(output.name))
    return error(name->mark,
                 fmt::format("'{}' cannot be a name: it is made of a-z 0-9 _ - "
                             "and none of the bundle's own",
                             escaped(output.name)));
  if (!names_.insert(output.name).second)
    return error(name->mark,
                 fmt::format("there are two outputs '{}'", output.name));
  if (const YamlNode* title = node.find("title"))
    output.title = TRY(text_of(*title, "title"));
  if (const YamlNode* rows = node.find("rows")) {
    const std::string text = TRY(text_of(*rows, "rows"));
    output.rows = parse_row_kind(text);
    if (!output.rows)
      return error(rows->mark,
                   fmt::format("no rows are called '{}'", escaped(text)));
  }
  TRY(check_rows(node, output));
  const YamlNode* const formats = node.find("formats");
  if (!formats) return error(node.mark, "an output needs formats");
  TRY(read_formats(*formats, output));
  return output;
}

Result<EvidenceScript> Reader::read(const YamlNode& root) {
  TRY(check_map(root, "a script",
                {"name", "description", "lists", "macros", "outputs"}));
  if (const YamlNode* name = root.find("name"))
    script_.name = TRY(text_of(*name, "name"));
  if (const YamlNode* description = root.find("description"))
    script_.description = TRY(text_of(*description, "description"));
  if (const YamlNode* lists = root.find("lists")) TRY(read_lists(*lists));
  for (const auto& [name, items] : values_)
    if (!script_.definitions.lists.contains(name))
      return Error{ErrorKind::kUsage,
                   fmt::format("the script has no list '{}'", escaped(name))};
  if (const YamlNode* macros = root.find("macros")) TRY(read_macros(*macros));
  const YamlNode* const outputs = root.find("outputs");
  if (!outputs || outputs->kind != YamlKind::kSequence ||
      outputs->items.empty())
    return error(outputs ? outputs->mark : root.mark,
                 "a script needs a list of outputs");
  for (const YamlNode* output : outputs->items)
    script_.outputs.push_back(TRY(read_output(*output)));
  return std::move(script_);
}

}  // namespace

bool EvidenceScript::wants(RowKind kind) const {
  return std::ranges::any_of(
      outputs, [&](const ScriptOutput& each) { return each.rows == kind; });
}

Result<EvidenceScript> parse_script(std::string_view file,
                                    const std::string& text,
                                    const ListValues& values) {
  Reader reader(file, values);
  YamlTree tree;
  if (!tree.parse(text, kLimits))
    return reader.error(tree.error_mark(), escaped(tree.error()));
  if (tree.documents().size() != 1)
    return reader.error({}, "a script is one YAML document");
  return reader.read(*tree.documents()[0]);
}

}  // namespace vestige
