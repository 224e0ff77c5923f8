// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/condition_text.h"

#include <algorithm>

namespace vestige {
namespace {

constexpr std::string_view kBlanks = " \t\n\r";
constexpr std::string_view kDelimiters = " \t\n\r(),=";
constexpr int kMaxListDepth = 32;

bool is_quote(char c) {
  return c == '"' || c == '\'';
}

// An item as one word of the filter language.
std::string quoted_item(const std::string& item) {
  const bool is_plain =
      item.find_first_of(" \t\n\r(),=\"'") == std::string::npos;
  if (is_plain || item.empty() || is_quote(item[0])) return item;
  const char quote = item.find('"') == std::string::npos ? '"' : '\'';
  std::string out(1, quote);
  for (const char c : item) {
    if (c == quote || c == '\\') out += '\\';
    out += c;
  }
  return out + quote;
}

// Where the quoted text that begins at `at` ends; a backslash escapes.
size_t end_of_quoted(std::string_view text, size_t at) {
  const char quote = text[at];
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == quote)
      return i + 1;
  }
  return text.size();
}

size_t end_of_word(std::string_view text, size_t at) {
  const size_t end = text.find_first_of(kDelimiters, at);
  return end == std::string_view::npos ? text.size() : end;
}

// An empty list takes one comma with it: the one before, else the one after.
void drop_comma(std::string& before, std::string_view text, size_t& after) {
  const size_t last = before.find_last_not_of(kBlanks);
  if (last != std::string::npos && before[last] == ',') {
    before.erase(last);
    return;
  }
  const size_t next = text.find_first_not_of(kBlanks, after);
  if (next != std::string_view::npos && text[next] == ',') after = next + 1;
}

std::string value_text(const ExceptionEntry& value) {
  if (!value.is_list) return quoted_item(value.text);
  std::string out = "(";
  for (const ExceptionEntry& item : value.items) {
    if (out.size() > 1) out += ", ";
    out += quoted_item(item.text);
  }
  return out + ")";
}

bool takes_list(std::string_view op) {
  return op == "in" || op == "intersects" || op == "pmatch";
}

// What stands right of the operator. A text in parentheses is a list already.
std::string operand_text(std::string_view op, const ExceptionEntry& value) {
  if (value.is_list || !takes_list(op)) return value_text(value);
  if (value.text.starts_with('(')) return value.text;
  return "(" + quoted_item(value.text) + ")";
}

// fields: one name; values: a list of texts.
std::optional<std::string> single_field(const RuleException& exception) {
  if (exception.values.empty()) return "";
  std::string out =
      "(" + exception.fields.text + " " + exception.comps.text + " (";
  bool is_first = true;
  for (const ExceptionEntry& value : exception.values) {
    if (value.is_list) return std::nullopt;
    if (!is_first) out += ", ";
    is_first = false;
    out += quoted_item(value.text);
  }
  return out + "))";
}

// fields: a list of names; values: a list of tuples.
std::optional<std::string> many_fields(const RuleException& exception) {
  const auto& fields = exception.fields.items;
  const auto& comps = exception.comps.items;
  std::string out;
  for (const ExceptionEntry& tuple : exception.values) {
    if (tuple.items.size() != fields.size()) return std::nullopt;
    out += out.empty() ? "((" : " or (";
    for (size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) out += " and ";
      out += fields[i].text + " " + comps[i].text + " " +
             operand_text(comps[i].text, tuple.items[i]);
    }
    out += ")";
  }
  return out.empty() ? out : out + ")";
}

}  // namespace

ListTexts::ListTexts(const ItemTable<ListItem>& lists) {
  for (const ListItem& list : lists.all()) entries_[list.name].item = &list;
  for (const ListItem& list : lists.all()) unfold(entries_[list.name], 0);
}

void ListTexts::unfold(Entry& entry, int depth) {
  if (entry.is_unfolded) return;
  entry.is_open = true;
  for (const std::string& name : entry.item->items) {
    const auto found = entries_.find(name);
    const bool is_list =
        found != entries_.end() && !found->second.is_open &&
        depth < kMaxListDepth &&
        found->second.item->order.defined < entry.item->order.changed;
    if (!is_list) {
      entry.items.push_back(name);
      continue;
    }
    unfold(found->second, depth + 1);
    found->second.is_used = true;
    const auto& items = found->second.items;
    if (entry.items.size() + items.size() > kMaxItems) {
      oversized_.push_back(entry.item);
      entry.items.clear();
      break;
    }
    entry.items.insert(entry.items.end(), items.begin(), items.end());
  }
  entry.is_open = false;
  entry.is_unfolded = true;
  for (const std::string& item : entry.items) {
    if (!entry.text.empty()) entry.text += ", ";
    entry.text += quoted_item(item);
  }
}

std::optional<std::string> ListTexts::substitute(std::string_view condition) {
  std::string out;
  size_t at = 0;
  while (at < condition.size()) {
    if (out.size() > kMaxConditionBytes) return std::nullopt;
    if (kDelimiters.find(condition[at]) != std::string_view::npos) {
      out += condition[at++];
      continue;
    }
    const size_t end = is_quote(condition[at]) ? end_of_quoted(condition, at)
                                               : end_of_word(condition, at);
    const std::string word(condition.substr(at, end - at));
    at = end;
    const auto found = entries_.find(word);
    if (found == entries_.end()) {
      out += word;
      continue;
    }
    found->second.is_used = true;
    if (found->second.text.empty()) drop_comma(out, condition, at);
    out += found->second.text;
  }
  return out;
}

bool ListTexts::is_used(std::string_view list) const {
  const auto found = entries_.find(std::string(list));
  return found != entries_.end() && found->second.is_used;
}

std::optional<std::string> with_exceptions(const RuleItem& rule,
                                           ExceptionFault& fault) {
  if (rule.exceptions.empty()) return rule.condition;
  std::string out = "(" + rule.condition + ")";
  for (const RuleException& exception : rule.exceptions) {
    const auto text = exception.fields.is_list ? many_fields(exception)
                                               : single_field(exception);
    if (!text) {
      fault = {exception.fields.is_list
                   ? "Fields and values lists must have equal length"
                   : "Expected values array to contain a list of strings",
               &exception};
      return std::nullopt;
    }
    if (!text->empty()) out += " and not " + *text;
  }
  return out;
}

}  // namespace vestige
