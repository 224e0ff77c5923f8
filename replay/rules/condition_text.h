// SPDX-License-Identifier: Apache-2.0
//
// From the condition as written to the text that the filter language parses:
// exceptions are added and the names of lists replaced by their items. Macros
// stay; they are replaced in the parsed condition.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "replay/rules/rule_collection.h"

namespace vestige {

// All lists with the lists they name unfolded. Keeps in mind which were used.
class ListTexts {
 public:
  // Beyond this many items, lists that name lists are a bomb.
  static constexpr size_t kMaxItems = 100'000;
  static constexpr size_t kMaxConditionBytes = 4u << 20;

  explicit ListTexts(const ItemTable<ListItem>& lists);

  // The condition with each list name replaced by "a, b, c". Names within
  // quotes stay. nullopt if it grew beyond kMaxConditionBytes.
  std::optional<std::string> substitute(std::string_view condition);

  [[nodiscard]] bool is_used(std::string_view list) const;
  // Lists that hold too many items; they are left empty.
  [[nodiscard]] const std::vector<const ListItem*>& oversized() const {
    return oversized_;
  }

 private:
  struct Entry {
    const ListItem* item = nullptr;
    std::vector<std::string> items;
    std::string text;
    bool is_unfolded = false;
    bool is_open = false;  // being unfolded: a list that names itself
    bool is_used = false;
  };

  void unfold(Entry& entry, int depth);

  std::unordered_map<std::string, Entry> entries_;
  std::vector<const ListItem*> oversized_;
};

// "(condition) and not (...)" for each exception that has values. Nullopt
// and a reason when values do not fit their fields.
struct ExceptionFault {
  std::string message;
  const RuleException* exception = nullptr;
};
std::optional<std::string> with_exceptions(const RuleItem& rule,
                                           ExceptionFault& fault);

}  // namespace vestige
