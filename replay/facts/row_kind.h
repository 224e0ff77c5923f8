// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace vestige {

enum class RowKind : uint8_t {
#define ROW_KIND(name, text, doc, columns) name,
#include "replay/facts/row_kinds.def"
#undef ROW_KIND
};

struct RowKindInfo {
  RowKind kind;
  std::string_view text;  // "events"
  std::string_view doc;
  std::string_view columns;  // fields, joined by commas
};
std::span<const RowKindInfo> row_kinds();
const RowKindInfo& info(RowKind kind);
std::optional<RowKind> parse_row_kind(std::string_view text);

}  // namespace vestige
