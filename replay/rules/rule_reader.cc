// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/rule_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>

#include "replay/rules/item_values.h"

namespace vestige {
namespace {

// What plugins of Falco offer that is built in here, and since which version
// of theirs.
constexpr std::pair<std::string_view, EngineVersion> kBuiltInPlugins[] = {
    {"container", {0, 9, 0}},
    {"k8smeta", {0, 9, 0}},
};

const std::vector<OverrideKey> kListOverrides = {{"items", true, true}};
const std::vector<OverrideKey> kMacroOverrides = {{"condition", true, true}};
const std::vector<OverrideKey> kRuleOverrides = {
    {"condition", true, true},
    {"output", true, true},
    {"desc", true, true},
    {"tags", true, true},
    {"exceptions", true, true},
    {"priority", false, true},
    {"enabled", false, true},
    {"warn_evttypes", false, true},
    {"skip-if-unknown-filter", false, true},
    {"capture", false, true},
    {"capture_duration", false, true}};

using Keys = std::vector<std::string_view>;
const Keys kListKeys = {"list", "items", "append", "override"};
const Keys kMacroKeys = {"macro", "condition", "append", "override"};
const Keys kRuleKeys = {"rule",       "condition", "output",
                        "desc",       "priority",  "tags",
                        "exceptions", "enabled",   "warn_evttypes",
                        "source",     "append",    "skip-if-unknown-filter",
                        "override",   "capture",   "capture_duration"};
const Keys kSequenceKeys = {"sequence", "desc", "within",  "steps", "output",
                            "priority", "tags", "enabled", "tree"};

// "1.2.3", or the legacy "15" that means 0.15.0.
std::optional<EngineVersion> parse_version(std::string_view text) {
  uint32_t numbers[3] = {};
  int count = 0;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (count < 3) {
    const auto [next, error] = std::from_chars(at, end, numbers[count++]);
    if (error != std::errc()) return std::nullopt;
    at = next;
    if (at == end || *at != '.') break;
    ++at;
  }
  if (at != end && *at != '-' && *at != '+') return std::nullopt;
  if (count == 1 && at == end) return EngineVersion{0, numbers[0], 0};
  if (count != 3) return std::nullopt;
  return EngineVersion{numbers[0], numbers[1], numbers[2]};
}

std::string version_text(const EngineVersion& version) {
  return fmt::format("{}.{}.{}", version.major, version.minor, version.patch);
}

// What a condition can name: letters, digits, underscores, a letter first.
bool is_identifier(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return !name.empty() && is_letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
         });
}

bool is_bare_text(std::string_view name) {
  return name.find_first_of("()\"'=, \t\n\r\v\f") == std::string_view::npos;
}

void warn_of_unknown_keys(const ItemSource& item, const Keys& known) {
  for (size_t i = 0; i + 1 < item.map.items.size(); i += 2) {
    const YamlNode& key = *item.map.items[i];
    if (std::find(known.begin(), known.end(), key.scalar) != known.end())
      continue;
    item.report.add(LoadCode::kUnknownKey,
                    "Unknown key '" + key.scalar + "' will be ignored",
                    item.context.within("value for", key.scalar, key.mark));
  }
}

class ItemReader {
 public:
  ItemReader(RuleCollection& rules, LoadReport& report)
      : rules_(rules), report_(report), file_(file_context(report.file)) {}

  void read(const YamlNode& node);
  [[nodiscard]] const LoadContext& file() const { return file_; }

 private:
  bool read_engine_version(const YamlNode& node);
  bool read_plugin_versions(const YamlNode& node);
  bool judge_plugin(const YamlNode& plugin, const LoadContext& context);
  bool read_list(const YamlNode& node);
  bool read_macro(const YamlNode& node);
  bool read_rule(const YamlNode& node);
  bool read_sequence_item(const YamlNode& node);
  bool define_rule(const ItemSource& item, RuleItem rule);
  bool enable_rule(const ItemSource& item, const std::string& name);
  bool append_rule(const ItemSource& item, const std::string& name);
  bool override_rule(const ItemSource& item, const std::string& name,
                     const Overrides& overrides);
  // The name in item.map[type], and the context that carries it.
  std::optional<ItemSource> named(const YamlNode& node, std::string_view type,
                                  std::string& name);

  RuleCollection& rules_;
  LoadReport& report_;
  LoadContext file_;
};

void ItemReader::read(const YamlNode& node) {
  const LoadContext context = file_.within("rules content item", "", node.mark);
  if (node.kind == YamlKind::kNull) return;
  if (node.kind != YamlKind::kMap) {
    report_.add(LoadCode::kYamlValidate,
                "Unexpected element type. Each element should be a yaml "
                "associative array.",
                context);
  } else if (node.find("required_engine_version")) {
    read_engine_version(node);
  } else if (node.find("required_plugin_versions")) {
    read_plugin_versions(node);
  } else if (node.find("list")) {
    read_list(node);
  } else if (node.find("macro")) {
    read_macro(node);
  } else if (node.find("rule")) {
    read_rule(node);
  } else if (node.find("sequence")) {
    read_sequence_item(node);
  } else {
    report_.add(LoadCode::kUnknownItem, "Unknown top level item", context);
  }
}

bool ItemReader::read_engine_version(const YamlNode& node) {
  const ItemSource item{
      node, file_.within("required_engine_version", "", node.mark), report_};
  std::string text;
  if (!read_text(item, "required_engine_version", text)) return false;
  const std::optional<EngineVersion> version = parse_version(text);
  if (!version)
    return item.fail("Unable to parse engine version '" + text +
                     "' as a semver string. Expected \"x.y.z\" semver format.");
  if (version->major == kEngineVersion.major && *version <= kEngineVersion)
    return true;
  report_.add(LoadCode::kValidate,
              "Rules require engine version " + version_text(*version) +
                  ", but engine version is " + version_text(kEngineVersion),
              item.context);
  return false;
}

bool ItemReader::read_plugin_versions(const YamlNode& node) {
  const YamlNode& plugins = *node.find("required_plugin_versions");
  const LoadContext context =
      file_.within("required plugin versions", "", plugins.mark);
  if (plugins.kind != YamlKind::kSequence) {
    report_.add(LoadCode::kYamlValidate,
                "Value of required_plugin_versions must be a sequence",
                context);
    return false;
  }
  for (const YamlNode* const plugin : plugins.items) {
    if (!judge_plugin(*plugin, context.within("required plugin versions entry",
                                              "", plugin->mark)))
      return false;
  }
  return true;
}

bool is_built_in(std::string_view plugin, const EngineVersion& wanted) {
  return std::ranges::any_of(kBuiltInPlugins, [&](const auto& known) {
    return known.first == plugin && wanted.major == known.second.major &&
           wanted <= known.second;
  });
}

// One requirement, or an alternative to it; `met` stays true once it was.
bool read_requirement(const ItemSource& item, std::set<std::string>& names,
                      bool& met) {
  std::string name;
  std::string version;
  if (item.map.kind != YamlKind::kMap)
    return item.fail("Plugin version must be a mapping");
  if (!read_text(item, "name", name) || !read_text(item, "version", version))
    return false;
  const auto refuse = [&](std::string why) {
    item.report.add(LoadCode::kValidate, std::move(why), item.context);
    return false;
  };
  const std::optional<EngineVersion> wanted = parse_version(version);
  if (!wanted)
    return refuse("Invalid required version '" + version + "' for plugin '" +
                  name + "'");
  if (!names.insert(name).second)
    return refuse(
        "Defined multiple alternative version requirements for plugin '" +
        name + "'");
  met = met || is_built_in(name, *wanted);
  return true;
}

// A plugin that is missing is worth a warning, not a refusal: what needs its
// fields or its source is refused or passed over by itself.
bool ItemReader::judge_plugin(const YamlNode& plugin,
                              const LoadContext& context) {
  std::set<std::string> names;
  bool met = false;
  const ItemSource item{plugin, context, report_};
  if (!read_requirement(item, names, met)) return false;
  if (const YamlNode* const others = plugin.find("alternatives")) {
    if (others->kind != YamlKind::kSequence)
      return item.fail(
          "Value of plugin version alternatives must be a sequence");
    for (const YamlNode* const other : others->items) {
      const LoadContext inner = context.within(
          "required plugin versions alternative", "", other->mark);
      if (!read_requirement({*other, inner, report_}, names, met)) return false;
    }
  }
  if (!met)
    report_.add(LoadCode::kMissingPlugin,
                fmt::format("Plugin {} is not part of vestige",
                            fmt::join(names, " or ")),
                context);
  return true;
}

std::optional<ItemSource> ItemReader::named(const YamlNode& node,
                                            std::string_view type,
                                            std::string& name) {
  const ItemSource unnamed{node, file_.within(type, "", node.mark), report_};
  if (!read_text(unnamed, type, name)) return std::nullopt;
  return ItemSource{node, file_.within(type, name, node.mark), report_};
}

bool ItemReader::read_list(const YamlNode& node) {
  ListItem list;
  const auto item = named(node, "list", list.name);
  if (!item) return false;
  list.context = item->context;
  if (!is_bare_text(list.name))
    report_.add(LoadCode::kInvalidListName,
                "List has an invalid name, conditions cannot refer to it",
                item->context);
  warn_of_unknown_keys(*item, kListKeys);
  Overrides overrides;
  bool is_append = false;
  if (!read_texts(*item, "items", list.items) ||
      !read_overrides(*item, kListOverrides, overrides, is_append))
    return false;
  if (is_append || overrides.has(Override::kAppend))
    rules_.append(list, report_);
  else
    rules_.define(std::move(list));
  return true;
}

bool ItemReader::read_macro(const YamlNode& node) {
  MacroItem macro;
  const auto item = named(node, "macro", macro.name);
  if (!item) return false;
  macro.context = item->context;
  if (!is_identifier(macro.name))
    report_.add(LoadCode::kInvalidMacroName,
                "Macro has an invalid name, conditions cannot refer to it",
                item->context);
  warn_of_unknown_keys(*item, kMacroKeys);
  Overrides overrides;
  bool is_append = false;
  if (!read_text(*item, "condition", macro.condition) ||
      !read_overrides(*item, kMacroOverrides, overrides, is_append))
    return false;
  macro.condition_context = item->at("condition", "macro condition");
  if (is_append || overrides.has(Override::kAppend))
    rules_.append(macro, report_);
  else
    rules_.define(std::move(macro));
  return true;
}

bool ItemReader::read_rule(const YamlNode& node) {
  std::string name;
  const auto item = named(node, "rule", name);
  if (!item) return false;
  warn_of_unknown_keys(*item, kRuleKeys);
  Overrides overrides;
  bool is_append = false;
  if (!read_overrides(*item, kRuleOverrides, overrides, is_append))
    return false;
  if (!overrides.keys.empty()) return override_rule(*item, name, overrides);
  if (is_append) return append_rule(*item, name);
  if (!item->has("condition") && !item->has("output") && !item->has("desc") &&
      !item->has("priority"))
    return enable_rule(*item, name);
  RuleItem rule;
  rule.name = std::move(name);
  return define_rule(*item, std::move(rule));
}

bool ItemReader::read_sequence_item(const YamlNode& node) {
  SequenceItem sequence;
  const auto item = named(node, "sequence", sequence.name);
  if (!item) return false;
  warn_of_unknown_keys(*item, kSequenceKeys);
  if (!read_sequence(*item, sequence)) return false;
  rules_.define(std::move(sequence));
  return true;
}

bool ItemReader::define_rule(const ItemSource& item, RuleItem rule) {
  const auto flag = [&](std::string_view key, bool& value) {
    return !item.has(key) || read_flag(item, key, value);
  };
  rule.context = item.context;
  rule.condition_context = item.at("condition", "rule condition");
  rule.output_context = item.at("output", "rule output");
  if (!read_text(item, "condition", rule.condition) ||
      !read_text(item, "output", rule.output) ||
      !read_text(item, "desc", rule.description) ||
      !read_priority(item, rule.priority) ||
      (item.has("source") && !read_text(item, "source", rule.source)) ||
      !flag("enabled", rule.is_enabled) ||
      !flag("warn_evttypes", rule.warns_of_event_types) ||
      !flag("skip-if-unknown-filter", rule.skips_unknown_filter) ||
      !read_tags(item, rule.tags) ||
      !read_exceptions(item, false, rule.exceptions))
    return false;
  while (!rule.output.empty() && std::isspace(uint8_t(rule.output.back())))
    rule.output.pop_back();
  rules_.define(std::move(rule), report_);
  return true;
}

bool ItemReader::enable_rule(const ItemSource& item, const std::string& name) {
  bool is_enabled = true;
  if (!read_flag(item, "enabled", is_enabled)) return false;
  report_.add(LoadCode::kDeprecatedItem,
              "The standalone 'enabled' key usage is deprecated. The correct "
              "approach requires also a 'replace' entry under the 'override' "
              "key (i.e. 'enabled: replace').",
              item.context);
  rules_.enable(name, is_enabled, item.context, report_);
  return true;
}

bool ItemReader::append_rule(const ItemSource& item, const std::string& name) {
  RuleUpdate update{.name = name, .context = item.context};
  if (item.has("condition") &&
      !read_text(item, "condition", update.condition.emplace()))
    return false;
  if (item.has("exceptions") &&
      !read_exceptions(item, true, update.exceptions.emplace()))
    return false;
  if (!update.condition && !update.exceptions) {
    report_.add(LoadCode::kValidate,
                "Appended rule must have exceptions or condition property",
                item.context);
    return false;
  }
  rules_.append(update, report_);
  return true;
}

// Reads the keys of one kind of override; each must be there.
bool read_update(const ItemSource& item, const Overrides& overrides,
                 Override kind, RuleUpdate& update) {
  for (const auto& [key, of_kind] : overrides.keys) {
    if (of_kind != kind) continue;
    if (!item.has(key))
      return item.fail(fmt::format(
          "An {} override for '{}' was specified but '{}' is not "
          "defined",
          kind == Override::kAppend ? "append" : "replace", key, key));
    const bool is_read =
        key == "condition" ? read_text(item, key, update.condition.emplace())
        : key == "output"  ? read_text(item, key, update.output.emplace())
        : key == "desc"    ? read_text(item, key, update.description.emplace())
        : key == "tags"    ? read_tags(item, update.tags.emplace())
        : key == "exceptions" ? read_exceptions(item, kind == Override::kAppend,
                                                update.exceptions.emplace())
        : key == "priority"   ? read_priority(item, update.priority.emplace())
        : key == "enabled" ? read_flag(item, key, update.is_enabled.emplace())
        : key == "warn_evttypes"
            ? read_flag(item, key, update.warns_of_event_types.emplace())
        : key == "skip-if-unknown-filter"
            ? read_flag(item, key, update.skips_unknown_filter.emplace())
            : true;  // capture, capture_duration: nothing to capture offline
    if (!is_read) return false;
  }
  return true;
}

bool ItemReader::override_rule(const ItemSource& item, const std::string& name,
                               const Overrides& overrides) {
  for (const OverrideKey& known : kRuleOverrides) {
    if (item.has(known.key) && overrides.of(known.key) == Override::kNone)
      return item.fail(fmt::format("Unexpected key '{}': no corresponding "
                                   "entry under 'override' is defined.",
                                   known.key),
                       item.at(known.key, "overrides", known.key));
  }
  if (overrides.has(Override::kAppend)) {
    RuleUpdate update{.name = name, .context = item.context};
    if (!read_update(item, overrides, Override::kAppend, update)) return false;
    rules_.append(update, report_);
  }
  if (overrides.has(Override::kReplace)) {
    RuleUpdate update{.name = name, .context = item.context};
    if (!read_update(item, overrides, Override::kReplace, update)) return false;
    rules_.replace(update, report_);
  }
  return true;
}

}  // namespace

void read_rules(const std::string& text, RuleCollection& rules,
                LoadReport& report) {
  ItemReader reader(rules, report);
  YamlTree tree;
  if (!tree.parse(text)) {
    report.add(LoadCode::kYamlParse, tree.error(),
               reader.file().within("value for", "", tree.error_mark()),
               text_snippet(text, tree.error_mark().offset));
    return;
  }
  for (const YamlNode* const document : tree.documents()) {
    if (document->kind == YamlKind::kNull) continue;
    if (document->kind == YamlKind::kSequence) {
      for (const YamlNode* const item : document->items) reader.read(*item);
    } else {
      report.add(LoadCode::kYamlValidate,
                 document->kind == YamlKind::kMap
                     ? "Rules content is not yaml array of objects"
                     : "Rules content is not yaml",
                 reader.file());
    }
  }
}

}  // namespace vestige
