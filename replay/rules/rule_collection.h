// SPDX-License-Identifier: Apache-2.0
//
// All lists, macros and rules of the files read so far, later items having
// replaced or extended earlier ones of the same name.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "replay/rules/rule_items.h"

namespace vestige {

// Items in the order of their first definition, found by name. What find()
// returns is valid until the next add().
template <typename Item>
class ItemTable {
 public:
  [[nodiscard]] const std::vector<Item>& all() const { return items_; }
  [[nodiscard]] Item* find(std::string_view name) {
    const auto found = by_name_.find(std::string(name));
    return found == by_name_.end() ? nullptr : &items_[found->second];
  }
  [[nodiscard]] const Item* find(std::string_view name) const {
    return const_cast<ItemTable*>(this)->find(name);
  }
  // Replaces one of the same name, which stays where it was.
  void set(Item item, uint32_t number) {
    item.order = {number, number};
    if (Item* const earlier = find(item.name)) {
      item.order.defined = earlier->order.defined;
      *earlier = std::move(item);
      return;
    }
    by_name_.emplace(item.name, items_.size());
    items_.push_back(std::move(item));
  }

 private:
  std::vector<Item> items_;
  std::unordered_map<std::string, size_t> by_name_;
};

class RuleCollection {
 public:
  // Each reports what it refuses.
  void define(ListItem list);
  void append(const ListItem& list, LoadReport& report);
  void define(MacroItem macro);
  void append(const MacroItem& macro, LoadReport& report);
  void define(RuleItem rule, LoadReport& report);
  void define(SequenceItem sequence);
  void append(const RuleUpdate& update, LoadReport& report);
  void replace(const RuleUpdate& update, LoadReport& report);
  void enable(std::string_view rule, bool is_enabled,
              const LoadContext& context, LoadReport& report);

  [[nodiscard]] const ItemTable<ListItem>& lists() const { return lists_; }
  [[nodiscard]] const ItemTable<MacroItem>& macros() const { return macros_; }
  [[nodiscard]] const ItemTable<RuleItem>& rules() const { return rules_; }
  [[nodiscard]] const ItemTable<SequenceItem>& sequences() const {
    return sequences_;
  }

 private:
  static bool append_exception(RuleItem& rule, const RuleException& added,
                               LoadReport& report);

  ItemTable<ListItem> lists_;
  ItemTable<MacroItem> macros_;
  ItemTable<RuleItem> rules_;
  ItemTable<SequenceItem> sequences_;
  uint32_t next_ = 0;
};

}  // namespace vestige
