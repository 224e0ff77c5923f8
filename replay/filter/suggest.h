// SPDX-License-Identifier: Apache-2.0
//
// "did you mean": the known name nearest to a wrong one.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace vestige::filter {

// Letters to insert, delete, replace or swap to make one word of the other.
// Words longer than 64 are as far as can be.
size_t edit_distance(std::string_view a, std::string_view b);

// ": did you mean 'NAME'?", or nothing when no name is near.
template <typename Names, typename Projection = std::identity>
std::string did_you_mean(std::string_view word, const Names& names,
                         Projection text = {}) {
  size_t nearest = word.size() / 3;  // further away is no help
  std::string_view best;
  for (const auto& each : names) {
    const std::string_view name = std::invoke(text, each);
    const size_t distance = edit_distance(word, name);
    if (distance > nearest || (distance == nearest && !best.empty())) continue;
    nearest = distance;
    best = name;
  }
  if (best.empty() || word.empty()) return {};
  return std::string(": did you mean '").append(best).append("'?");
}

}  // namespace vestige::filter
