// SPDX-License-Identifier: Apache-2.0
//
// Which types of events a condition can hold for, so that it is not asked
// about others.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "replay/filter/ast.h"

namespace vestige {

// A set of names, or all names but those.
struct EventTypeSet {
  bool is_complement = true;
  std::set<std::string, std::less<>> names;

  [[nodiscard]] bool contains(std::string_view type) const {
    return names.contains(type) != is_complement;
  }
};
EventTypeSet operator&(const EventTypeSet& a, const EventTypeSet& b);
EventTypeSet operator|(const EventTypeSet& a, const EventTypeSet& b);

using ParsedMacros = std::map<std::string, filter::Expression, std::less<>>;

// May name more types than needed, never too few.
EventTypeSet event_types(const filter::Expression& condition,
                         const ParsedMacros& macros);

// Calls visit for every check and every macro named, not looking into macros.
void for_each_leaf(const filter::Expression& condition,
                   const std::function<void(const filter::Expression&)>& visit);

// Event types that a check names and no event can have.
struct UnknownEventType {
  std::string name;
  filter::Span span;
};
std::vector<UnknownEventType> unknown_event_types(
    const filter::Expression& condition);

}  // namespace vestige
