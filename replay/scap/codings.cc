// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/codings.h"

#include <algorithm>
#include <iterator>

namespace vestige {
namespace {

struct Pair {
  ScapCoding coding;
  bool is_flag;
  uint64_t scap;
  uint64_t native;
};
constexpr Pair kPairs[] = {
#define SCAP_FLAG(coding, scap, native) \
  {ScapCoding::k##coding, true, scap, native},
#define SCAP_VALUE(coding, scap, native) \
  {ScapCoding::k##coding, false, scap, native},
#include "replay/scap/codings.def"
#undef SCAP_FLAG
#undef SCAP_VALUE
};

constexpr uint64_t kAccessMode = 3;
constexpr uint64_t kPage_bytes = 4096;
constexpr uint64_t kPermissions = 0777;

// Which way a number goes.
using Side = uint64_t Pair::*;

std::optional<uint64_t> translate(ScapCoding coding, uint64_t value, Side from,
                                  Side to) {
  uint64_t flags = 0;
  uint64_t rest = value;
  bool has_flags = false;
  for (const Pair& pair : kPairs) {
    if (pair.coding != coding) continue;
    if (!pair.is_flag) {
      if (pair.*from == value) return pair.*to;
      continue;
    }
    has_flags = true;
    // Several bits stand for one flag in some cases: widest first.
    if ((rest & pair.*from) != pair.*from) continue;
    rest &= ~(pair.*from);
    flags |= pair.*to;
  }
  if (!has_flags) return std::nullopt;
  return flags;
}

}  // namespace

std::optional<uint64_t> from_scap(ScapCoding coding, uint64_t value) {
  if (coding == ScapCoding::kPlain) return value;
  if (coding == ScapCoding::kPages) return value * kPage_bytes;
  auto native = translate(coding, value, &Pair::scap, &Pair::native);
  // 1 read, 2 write, 3 both; Linux counts from 0.
  if (native && coding == ScapCoding::kOpen && (value & kAccessMode))
    *native |= (value & kAccessMode) - 1;
  if (native && coding == ScapCoding::kSemget) *native |= value & kPermissions;
  return native;
}

std::optional<uint64_t> to_scap(ScapCoding coding, uint64_t value) {
  if (coding == ScapCoding::kPlain) return value;
  if (coding == ScapCoding::kPages) return value / kPage_bytes;
  auto scap = translate(coding, value, &Pair::native, &Pair::scap);
  if (scap && coding == ScapCoding::kOpen)
    *scap |= std::min((value & kAccessMode) + 1, kAccessMode);
  if (scap && coding == ScapCoding::kSemget) *scap |= value & kPermissions;
  return scap;
}

}  // namespace vestige
