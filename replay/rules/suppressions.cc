// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/suppressions.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "format/escape.h"
#include "replay/rules/yaml_tree.h"

namespace vestige {
namespace {

// The end of a day "2027-06-30" in UTC; nullopt: not a date.
std::optional<int64_t> end_of_day_ns(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int size = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &year, &month, &day, &size) !=
          3 ||
      size_t(size) != text.size())
    return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year), std::chrono::month(month),
                            std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return nanoseconds(sys_days(date).time_since_epoch() + days(1)).count();
}

Error fault(const std::string& name, TextMark mark, std::string_view what) {
  return {ErrorKind::kBadInput, fmt::format("{}:{}:{}: {}", name, mark.line + 1,
                                            mark.column + 1, what)};
}

// A text under a key; empty when it is not there.
Result<std::string> text_of(const std::string& name, const YamlNode& item,
                            std::string_view key) {
  const YamlNode* const value = item.find(key);
  if (!value) return std::string();
  if (value->kind != YamlKind::kScalar)
    return fault(name, value->mark, fmt::format("{} must be a text", key));
  return value->scalar;
}

}  // namespace

Result<Suppressions> Suppressions::parse(
    const std::string& name, const std::string& text, int64_t today_ns,
    const filter::Definitions& definitions) {
  YamlTree tree;
  if (!tree.parse(text)) return fault(name, tree.error_mark(), tree.error());
  Suppressions out;
  for (const YamlNode* const document : tree.documents()) {
    if (document->kind == YamlKind::kNull) continue;
    if (document->kind != YamlKind::kSequence)
      return fault(name, document->mark, "must be a list of suppressions");
    for (const YamlNode* const item : document->items) {
      Entry entry;
      entry.rule = TRY(text_of(name, *item, "rule"));
      entry.reason = TRY(text_of(name, *item, "reason"));
      const std::string when = TRY(text_of(name, *item, "when"));
      const std::string expires = TRY(text_of(name, *item, "expires"));
      if (entry.rule.empty() || entry.reason.empty())
        return fault(name, item->mark, "needs a rule and a reason");
      if (!when.empty()) {
        auto compiled = filter::Filter::compile(when, definitions);
        if (!compiled)
          return fault(name, item->find("when")->mark,
                       compiled.error().message);
        entry.when = std::move(*compiled);
      }
      if (!expires.empty()) {
        const auto end = end_of_day_ns(expires);
        if (!end)
          return fault(name, item->find("expires")->mark,
                       "expires must be a day such as 2027-06-30");
        if (*end <= today_ns) {
          out.expired_.push_back(entry.rule + ": expired on " + expires);
          continue;
        }
      }
      out.entries_.push_back(std::move(entry));
    }
  }
  return out;
}

std::string Suppressions::reason(const std::string& rule,
                                 const EventView& view) {
  for (Entry& entry : entries_) {
    if (entry.rule == rule && (!entry.when || entry.when->matches(view)))
      return entry.reason;
  }
  return {};
}

}  // namespace vestige
