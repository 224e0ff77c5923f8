// SPDX-License-Identifier: Apache-2.0
#include "replay/facts/row_kind.h"

namespace vestige {
namespace {

constexpr RowKindInfo kKinds[] = {
#define ROW_KIND(name, text, doc, columns) {RowKind::name, text, doc, columns},
#include "replay/facts/row_kinds.def"
#undef ROW_KIND
};

}  // namespace

std::span<const RowKindInfo> row_kinds() {
  return kKinds;
}

const RowKindInfo& info(RowKind kind) {
  return kKinds[size_t(kind)];
}

std::optional<RowKind> parse_row_kind(std::string_view text) {
  for (const RowKindInfo& each : kKinds)
    if (each.text == text) return each.kind;
  return std::nullopt;
}

}  // namespace vestige
