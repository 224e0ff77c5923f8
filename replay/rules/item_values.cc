// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/item_values.h"

#include <algorithm>
#include <charconv>

namespace vestige {
namespace {

std::string in_quotes(std::string_view text) {
  return "'" + std::string(text) + "'";
}

// The value of a required key; nullptr and a word if it is not there.
const YamlNode* required(const ItemSource& item, std::string_view key) {
  const YamlNode* const value = item.map.find(key);
  if (!value) item.fail("Item has no mapping for key " + in_quotes(key));
  return value;
}

// YAML 1.1 words for yes and no, as rule files have always used them.
std::optional<bool> flag_of(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  for (const std::string_view yes : {"true", "yes", "on", "y"})
    if (text == yes) return true;
  for (const std::string_view no : {"false", "no", "off", "n"})
    if (text == no) return false;
  return std::nullopt;
}

// Fields, comps and values are at most a list of lists of texts.
constexpr int kExceptionDepth = 3;

bool read_entry(const ItemSource& item, const YamlNode& node,
                const LoadContext& context, int depth, ExceptionEntry& entry) {
  if (node.kind == YamlKind::kScalar) {
    if (node.scalar.empty())
      return item.fail("Value must be non-empty", context);
    entry.text = node.scalar;
    return true;
  }
  if (node.kind != YamlKind::kSequence || depth == 0)
    return item.fail("Value must be a text or a list of texts", context);
  entry.is_list = true;
  for (const YamlNode* const child : node.items) {
    ExceptionEntry inner;
    if (!read_entry(item, *child, context.within("exception", "", child->mark),
                    depth - 1, inner))
      return false;
    entry.items.push_back(std::move(inner));
  }
  return true;
}

bool read_entry_of(const ItemSource& item, const YamlNode& exception,
                   std::string_view key, const LoadContext& context,
                   ExceptionEntry& entry) {
  const YamlNode* const node = exception.find(key);
  return !node ||
         read_entry(item, *node, context.within("value for", key, node->mark),
                    kExceptionDepth, entry);
}

bool read_values(const ItemSource& item, const YamlNode& values,
                 RuleException& exception) {
  const LoadContext context =
      exception.context.within("exception values", "", values.mark);
  if (values.kind != YamlKind::kSequence)
    return item.fail("Rule exception values must be a sequence", context);
  for (const YamlNode* const value : values.items) {
    ExceptionEntry entry;
    if (!read_entry(item, *value,
                    context.within("exception value", "", value->mark),
                    kExceptionDepth, entry))
      return false;
    exception.values.push_back(std::move(entry));
  }
  return true;
}

bool read_exception(const ItemSource& item, const YamlNode& node,
                    bool is_update, RuleException& exception) {
  const LoadContext unnamed = item.context.within("exception", "", node.mark);
  if (node.kind != YamlKind::kMap)
    return item.fail("Rule exception must be a mapping", unnamed);
  if (!read_text({node, unnamed, item.report}, "name", exception.name))
    return false;
  exception.context =
      item.context.within("exception", exception.name, node.mark);
  if (!is_update && !node.find("fields"))
    return item.fail("Item has no mapping for key 'fields'", exception.context);
  if (!read_entry_of(item, node, "fields", exception.context,
                     exception.fields) ||
      !read_entry_of(item, node, "comps", exception.context, exception.comps))
    return false;
  if (const YamlNode* const values = node.find("values"))
    return read_values(item, *values, exception);
  if (is_update)
    item.report.add(LoadCode::kAppendNoValues,
                    "Overriding/appending exception with no values",
                    exception.context);
  return true;
}

bool read_override(const ItemSource& item, const YamlNode& key,
                   const YamlNode& operation,
                   const std::vector<OverrideKey>& allowed,
                   Overrides& overrides) {
  const LoadContext context =
      item.context.within("overrides", key.scalar, key.mark);
  const auto known =
      std::find_if(allowed.begin(), allowed.end(),
                   [&](const OverrideKey& k) { return k.key == key.scalar; });
  const bool can_append = known != allowed.end() && known->can_append;
  const bool can_replace = known != allowed.end() && known->can_replace;
  if (operation.scalar == "append") {
    if (!can_append)
      return item.fail("Key " + in_quotes(key.scalar) +
                           " cannot be appended to, use 'replace' instead",
                       context);
    overrides.keys.emplace_back(key.scalar, Override::kAppend);
    return true;
  }
  if (operation.scalar == "replace") {
    if (!can_replace)
      return item.fail("Key " + in_quotes(key.scalar) + " cannot be replaced",
                       context);
    overrides.keys.emplace_back(key.scalar, Override::kReplace);
    return true;
  }
  return item.fail(
      "Invalid override operation for key " + in_quotes(key.scalar) + ": " +
          in_quotes(operation.scalar) + ". Allowed values are:" +
          (can_append ? " append" : "") + (can_replace ? " replace" : ""),
      context);
}

}  // namespace

LoadContext ItemSource::at(std::string_view key, std::string_view type,
                           std::string_view name) const {
  const YamlNode* const value = map.find(key);
  return value ? context.within(type, name, value->mark) : context;
}

bool read_text(const ItemSource& item, std::string_view key,
               std::string& value) {
  const YamlNode* const node = required(item, key);
  if (!node) return false;
  if (node->kind == YamlKind::kNull)
    return item.fail("Mapping for key " + in_quotes(key) + " is empty");
  const LoadContext context = item.at(key, "value for", key);
  if (node->kind != YamlKind::kScalar)
    return item.fail("Value is not a scalar value", context);
  if (node->scalar.empty())
    return item.fail("Value must be non-empty", context);
  value = node->scalar;
  return true;
}

bool read_texts(const ItemSource& item, std::string_view key,
                std::vector<std::string>& values) {
  const YamlNode* const node = required(item, key);
  if (!node) return false;
  const LoadContext context = item.at(key, "value for", key);
  if (node->kind != YamlKind::kSequence)
    return item.fail("Value is not a sequence", context);
  for (const YamlNode* const child : node->items) {
    if (child->kind != YamlKind::kScalar)
      return item.fail("sequence value is not scalar",
                       context.within("list item", "", child->mark));
    values.push_back(child->scalar);
  }
  return true;
}

bool read_flag(const ItemSource& item, std::string_view key, bool& value) {
  std::string text;
  if (!read_text(item, key, text)) return false;
  const std::optional<bool> flag = flag_of(text);
  if (!flag)
    return item.fail("Can't decode YAML scalar value",
                     item.at(key, "value for", key));
  value = *flag;
  return true;
}

bool read_priority(const ItemSource& item, Priority& priority) {
  std::string text;
  if (!read_text(item, "priority", text)) return false;
  const std::optional<Priority> known = parse_priority(text);
  if (!known)
    return item.fail("Invalid priority", item.at("priority", "rule priority"));
  priority = *known;
  return true;
}

bool read_duration(const ItemSource& item, std::string_view key,
                   uint64_t& duration_ns) {
  std::string text;
  if (!read_text(item, key, text)) return false;
  uint64_t number = 0;
  const auto [unit, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view name(unit, text.data() + text.size() - unit);
  const uint64_t seconds = name == "s"   ? 1
                           : name == "m" ? 60
                           : name == "h" ? 3600
                           : name == "d" ? 86400
                                         : 0;
  constexpr uint64_t kWeek = 7 * 86400;
  if (error != std::errc() || seconds == 0 || number == 0 ||
      number > kWeek / seconds)
    return item.fail("Not a time such as 90s, 10m or 1h (a week at most)",
                     item.at(key, "value for", key));
  duration_ns = number * seconds * 1'000'000'000;
  return true;
}

bool read_tags(const ItemSource& item, std::vector<std::string>& tags) {
  if (!item.has("tags")) return true;
  if (!read_texts(item, "tags", tags)) return false;
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  return true;
}

bool read_exceptions(const ItemSource& item, bool is_update,
                     std::vector<RuleException>& exceptions) {
  const YamlNode* const node = item.map.find("exceptions");
  if (!node || node->kind == YamlKind::kNull) return true;
  if (node->kind != YamlKind::kSequence)
    return item.fail("Rule exceptions must be a sequence",
                     item.at("exceptions", "exceptions"));
  for (const YamlNode* const child : node->items) {
    RuleException exception;
    if (!read_exception(item, *child, is_update, exception)) return false;
    const bool is_known = std::any_of(
        exceptions.begin(), exceptions.end(),
        [&](const RuleException& e) { return e.name == exception.name; });
    if (is_known)
      item.report.add(LoadCode::kExceptionNameNotUnique,
                      "Multiple definitions of exception " +
                          in_quotes(exception.name) + " in the same rule",
                      exception.context);
    exceptions.push_back(std::move(exception));
  }
  return true;
}

Override Overrides::of(std::string_view key) const {
  for (const auto& [name, kind] : keys)
    if (name == key) return kind;
  return Override::kNone;
}

bool Overrides::has(Override kind) const {
  return std::any_of(keys.begin(), keys.end(),
                     [&](const auto& key) { return key.second == kind; });
}

bool read_overrides(const ItemSource& item,
                    const std::vector<OverrideKey>& allowed,
                    Overrides& overrides, bool& is_append) {
  if (item.has("append") && !read_flag(item, "append", is_append)) return false;
  if (is_append)
    item.report.add(LoadCode::kDeprecatedItem,
                    "'append' key is deprecated. Add an 'append' entry (e.g. "
                    "'condition: append') under 'override' instead.",
                    item.context);
  const YamlNode* const node = item.map.find("override");
  if (!node) return true;
  if (node->kind != YamlKind::kMap)
    return item.fail("Value of override must be a mapping",
                     item.at("override", "overrides"));
  for (size_t i = 0; i + 1 < node->items.size(); i += 2) {
    if (!read_override(item, *node->items[i], *node->items[i + 1], allowed,
                       overrides))
      return false;
  }
  if (is_append && !overrides.keys.empty())
    return item.fail(
        "Keys 'override' and 'append: true' cannot be used together. Add an "
        "'append' entry (e.g. 'condition: append') under 'override' instead.");
  return true;
}

}  // namespace vestige
