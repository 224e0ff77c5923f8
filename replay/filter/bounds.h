// SPDX-License-Identifier: Apache-2.0
//
// What holds of every event that a filter matches, as far as the index of a
// trace can be asked about it. nullopt says nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace vestige::filter {

template <typename T>
using OneOf = std::optional<std::set<T>>;

struct Bounds {
  OneOf<std::string> types;     // evt.type
  OneOf<std::string> names;     // proc.name
  OneOf<uint32_t> pids;         // proc.pid
  OneOf<std::string> texts;     // the event has this text, whole
  OneOf<std::string> contents;  // and its payload these bytes, in one piece
};

Bounds both(const Bounds& a, const Bounds& b);
Bounds either(const Bounds& a, const Bounds& b);

}  // namespace vestige::filter
