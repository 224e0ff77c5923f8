// SPDX-License-Identifier: Apache-2.0
//
// Which contents of a trace stand in a frame of their own, so that a reader
// need not touch the others. Bits stored in traces: add only.
#pragma once

#include <cstdint>

namespace vestige {

enum Columns : uint32_t {
  kColumnMeta = 1u << 0,  // header, end, snapshot, index, seal
  kColumnDictionary = 1u << 1,
  kColumnType = 1u << 2,
  kColumnTask = 1u << 3,
  kColumnResult = 1u << 4,
  kColumnFlags = 1u << 5,  // flags and cpu
  kColumnTime = 1u << 6,   // needs kColumnTask to be decoded
  kColumnArguments = 1u << 7,
  kColumnStrings = 1u << 8,
  kColumnParts = 1u << 9,
  kColumnPayload = 1u << 10,
  kColumnLosses = 1u << 11,
  kColumnFilters = 1u << 12,   // of the index
  kColumnTimeHigh = 1u << 13,  // with kColumnTime
  kColumnFiles = 1u << 14,     // with kColumnParts
};
inline constexpr uint32_t kAllColumns = ~0u;

}  // namespace vestige
