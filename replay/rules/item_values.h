// SPDX-License-Identifier: Apache-2.0
//
// Values of an item of a rule file, by key. A function that returns false has
// said why in the report.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/rules/rule_items.h"
#include "replay/rules/yaml_tree.h"

namespace vestige {

// One item being read: the map, where it stands, where to complain.
struct ItemSource {
  const YamlNode& map;
  LoadContext context;
  LoadReport& report;

  bool fail(std::string message) const {
    return fail(std::move(message), context);
  }
  bool fail(std::string message, const LoadContext& where) const {
    report.add(LoadCode::kYamlValidate, std::move(message), where);
    return false;
  }
  [[nodiscard]] bool has(std::string_view key) const {
    return map.find(key) != nullptr;
  }
  // The context of a key's value, or that of the item if it has none.
  [[nodiscard]] LoadContext at(std::string_view key, std::string_view type,
                               std::string_view name = {}) const;
};

// Required values.
bool read_text(const ItemSource& item, std::string_view key,
               std::string& value);
bool read_texts(const ItemSource& item, std::string_view key,
                std::vector<std::string>& values);
bool read_flag(const ItemSource& item, std::string_view key, bool& value);
bool read_priority(const ItemSource& item, Priority& priority);
// "90s", "10m", "1h" in nanoseconds; more than nothing, at most a week.
bool read_duration(const ItemSource& item, std::string_view key,
                   uint64_t& duration_ns);
// Sorted, each once; none when there is no such key.
bool read_tags(const ItemSource& item, std::vector<std::string>& tags);
// None when there is no such key. An update may leave out the fields.
bool read_exceptions(const ItemSource& item, bool is_update,
                     std::vector<RuleException>& exceptions);

// A `sequence:` item, its name and context given already.
bool read_sequence(const ItemSource& item, SequenceItem& sequence);

// What `override:` says about a key.
enum class Override : uint8_t { kNone, kAppend, kReplace };

struct OverrideKey {
  std::string_view key;
  bool can_append;
  bool can_replace;
};

struct Overrides {
  std::vector<std::pair<std::string, Override>> keys;

  [[nodiscard]] Override of(std::string_view key) const;
  [[nodiscard]] bool has(Override kind) const;
};
// Judges `override:` and `append:` together: one excludes the other.
bool read_overrides(const ItemSource& item,
                    const std::vector<OverrideKey>& allowed,
                    Overrides& overrides, bool& is_append);

}  // namespace vestige
