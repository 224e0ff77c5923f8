// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/rule_collection.h"

#include <strings.h>

#include <algorithm>
#include <iterator>

#include "replay/rules/rule_output.h"

namespace vestige {
namespace {

constexpr std::string_view kPriorities[] = {
    "Emergency", "Alert",  "Critical",      "Error",
    "Warning",   "Notice", "Informational", "Debug"};

// Operators an exception may compare with: those of the filter language.
constexpr std::string_view kOperators[] = {
    "<",         "<=",        ">",          ">=",          "=",
    "==",        "!=",        "glob",       "iglob",       "contains",
    "icontains", "bcontains", "startswith", "bstartswith", "endswith",
    "regex",     "in",        "intersects", "pmatch"};

constexpr std::string_view kListOperators[] = {"in", "pmatch", "intersects"};

bool is_one_of(std::string_view text, std::span<const std::string_view> all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

// Gives an exception the comparisons it leaves out and judges the rest.
// Returns what is wrong with it, or nothing.
std::string complete_exception(RuleException& exception) {
  ExceptionEntry& fields = exception.fields;
  ExceptionEntry& comps = exception.comps;
  if (!fields.is_list) {
    if (!comps.is_given()) comps.text = "in";
    if (comps.is_list) return "Fields and comps must both be strings";
    if (!is_one_of(comps.text, kListOperators))
      return "When fields is a single value, comps must be one of (in, "
             "pmatch, intersects)";
    return {};
  }
  if (!comps.is_given()) {
    comps.is_list = true;
    comps.items.assign(fields.items.size(), {.text = "="});
  }
  if (comps.items.size() != fields.items.size())
    return "Fields and comps lists must have equal length";
  for (const ExceptionEntry& comp : comps.items) {
    if (!is_one_of(comp.text, kOperators))
      return "'" + comp.text + "' is not a supported comparison operator";
  }
  return {};
}

// The first of its fields that there is not, or nothing.
std::string unknown_field(const ExceptionEntry& fields) {
  if (!fields.is_list) return BoundField::bind(fields.text) ? "" : fields.text;
  for (const ExceptionEntry& field : fields.items)
    if (!BoundField::bind(field.text)) return field.text;
  return {};
}

bool complete_exceptions(const RuleItem& rule,
                         std::vector<RuleException>& exceptions,
                         LoadReport& report) {
  for (RuleException& exception : exceptions) {
    if (!exception.fields.is_given()) {
      report.add(LoadCode::kValidate,
                 "Rule exception item must have fields property with a list "
                 "of fields",
                 exception.context);
      return false;
    }
    std::string fault = complete_exception(exception);
    if (fault.empty() && rule.source == kSyscallSource)
      if (const std::string field = unknown_field(exception.fields);
          !field.empty())
        fault = "'" + field + "' is not a supported filter field";
    if (!fault.empty()) {
      report.add(LoadCode::kValidate, std::move(fault), exception.context);
      return false;
    }
  }
  return true;
}

void append_text(std::string& text, const std::optional<std::string>& more) {
  if (more && !more->empty()) text.append(" ").append(*more);
}

template <typename T>
void replace_value(T& value, const std::optional<T>& other) {
  if (other) value = *other;
}

}  // namespace

std::string_view priority_text(Priority priority) {
  return kPriorities[size_t(priority)];
}

std::optional<Priority> parse_priority(std::string_view text) {
  const std::string name(text);
  if (strcasecmp(name.c_str(), "info") == 0) return Priority::kInformational;
  for (size_t i = 0; i < std::size(kPriorities); ++i) {
    if (strcasecmp(name.c_str(), kPriorities[i].data()) == 0)
      return Priority(i);
  }
  return std::nullopt;
}

void RuleCollection::define(ListItem list) {
  lists_.set(std::move(list), next_++);
}

void RuleCollection::append(const ListItem& list, LoadReport& report) {
  ListItem* const earlier = lists_.find(list.name);
  if (!earlier) {
    report.add(LoadCode::kValidate,
               "List uses 'append' or 'override.items: append' but no list by "
               "that name already exists",
               list.context);
    return;
  }
  earlier->items.insert(earlier->items.end(), list.items.begin(),
                        list.items.end());
  earlier->order.changed = next_++;
}

void RuleCollection::define(MacroItem macro) {
  macros_.set(std::move(macro), next_++);
}

void RuleCollection::append(const MacroItem& macro, LoadReport& report) {
  MacroItem* const earlier = macros_.find(macro.name);
  if (!earlier) {
    report.add(LoadCode::kValidate,
               "Macro uses 'append' or 'override.condition: append' but no "
               "macro by that name already exists",
               macro.context);
    return;
  }
  append_text(earlier->condition, macro.condition);
  earlier->order.changed = next_++;
}

void RuleCollection::define(RuleItem rule, LoadReport& report) {
  const RuleItem* const earlier = rules_.find(rule.name);
  if (earlier && earlier->source != rule.source) {
    report.add(LoadCode::kValidate,
               "Rule has been re-defined with a different source",
               rule.context);
    return;
  }
  if (rule.source != kSyscallSource) {
    report.add(LoadCode::kUnknownSource,
               "Unknown source " + rule.source + ", skipping", rule.context);
  }
  if (complete_exceptions(rule, rule.exceptions, report))
    rules_.set(std::move(rule), next_++);
}

void RuleCollection::define(SequenceItem sequence) {
  sequences_.set(std::move(sequence), next_++);
}

void RuleCollection::append(const RuleUpdate& update, LoadReport& report) {
  RuleItem* const rule = rules_.find(update.name);
  if (!rule) {
    report.add(LoadCode::kValidate,
               "Rule uses 'append' or 'override.<key>: append' but no rule by "
               "that name already exists",
               update.context);
    return;
  }
  append_text(rule->condition, update.condition);
  append_text(rule->output, update.output);
  append_text(rule->description, update.description);
  if (update.tags) {
    std::vector<std::string> both;
    std::set_union(rule->tags.begin(), rule->tags.end(), update.tags->begin(),
                   update.tags->end(), std::back_inserter(both));
    rule->tags = std::move(both);
  }
  if (update.exceptions) {
    for (const RuleException& added : *update.exceptions) {
      if (!append_exception(*rule, added, report)) return;
    }
  }
  rule->order.changed = next_++;
}

bool RuleCollection::append_exception(RuleItem& rule,
                                      const RuleException& added,
                                      LoadReport& report) {
  const auto fail = [&](std::string_view why) {
    report.add(LoadCode::kValidate, std::string(why), added.context);
    return false;
  };
  const auto earlier = std::find_if(
      rule.exceptions.begin(), rule.exceptions.end(),
      [&](const RuleException& other) { return other.name == added.name; });
  if (earlier != rule.exceptions.end()) {
    if (added.fields.is_given())
      return fail(
          "Can not append exception fields to existing exception, only values");
    if (added.comps.is_given())
      return fail(
          "Can not append exception comps to existing exception, only values");
    earlier->values.insert(earlier->values.end(), added.values.begin(),
                           added.values.end());
    return true;
  }
  if (added.values.empty())
    return fail(
        "Rule exception must have values property with a list of values");
  std::vector<RuleException> one{added};
  if (!complete_exceptions(rule, one, report)) return false;
  rule.exceptions.push_back(std::move(one.front()));
  return true;
}

void RuleCollection::replace(const RuleUpdate& update, LoadReport& report) {
  RuleItem* const rule = rules_.find(update.name);
  if (!rule) {
    report.add(LoadCode::kValidate,
               "An 'override.<key>: replace' to a rule was requested but no "
               "rule by that name already exists",
               update.context);
    return;
  }
  replace_value(rule->condition, update.condition);
  replace_value(rule->output, update.output);
  replace_value(rule->description, update.description);
  replace_value(rule->priority, update.priority);
  replace_value(rule->is_enabled, update.is_enabled);
  replace_value(rule->warns_of_event_types, update.warns_of_event_types);
  replace_value(rule->skips_unknown_filter, update.skips_unknown_filter);
  replace_value(rule->tags, update.tags);
  if (update.exceptions) {
    auto exceptions = *update.exceptions;
    if (!complete_exceptions(*rule, exceptions, report)) return;
    rule->exceptions = std::move(exceptions);
  }
  rule->order.changed = next_++;
}

void RuleCollection::enable(std::string_view name, bool is_enabled,
                            const LoadContext& context, LoadReport& report) {
  RuleItem* const rule = rules_.find(name);
  if (!rule) {
    report.add(LoadCode::kValidate,
               "Rule has 'enabled' key but no rule by that name already "
               "exists",
               context);
    return;
  }
  rule->is_enabled = is_enabled;
}

}  // namespace vestige
