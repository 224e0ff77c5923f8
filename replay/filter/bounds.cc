// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/bounds.h"

#include <algorithm>
#include <iterator>

namespace vestige::filter {
namespace {

template <typename T>
OneOf<T> common(const OneOf<T>& a, const OneOf<T>& b) {
  if (!a || !b) return a ? a : b;
  std::set<T> out;
  std::ranges::set_intersection(*a, *b, std::inserter(out, out.end()));
  return out;
}

template <typename T>
OneOf<T> joined(const OneOf<T>& a, const OneOf<T>& b) {
  if (!a || !b) return std::nullopt;
  std::set<T> out = *a;
  out.insert(b->begin(), b->end());
  return out;
}

}  // namespace

Bounds both(const Bounds& a, const Bounds& b) {
  Bounds out{common(a.types, b.types), common(a.names, b.names),
             common(a.pids, b.pids), a.texts, a.contents};
  // Texts may stand in different places: one of the two must do.
  if (!out.texts) out.texts = b.texts;
  if (!out.contents) out.contents = b.contents;
  return out;
}

Bounds either(const Bounds& a, const Bounds& b) {
  return {joined(a.types, b.types), joined(a.names, b.names),
          joined(a.pids, b.pids), joined(a.texts, b.texts),
          joined(a.contents, b.contents)};
}

}  // namespace vestige::filter
